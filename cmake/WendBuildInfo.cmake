# cmake -DSOURCE=<root> -DOUTPUT=<file.json> -DCUDA=<version or empty> -DARCHITECTURES=<list>
#       -DCOMPILER=<name and version> -P WendBuildInfo.cmake
# Writes what the programs beside OUTPUT were built from. The digest of kernels/ is what
#   cd kernels && find * -type f | sort | xargs sha256sum | sha256sum
# prints in the C locale.
file(GLOB_RECURSE files RELATIVE ${SOURCE}/kernels ${SOURCE}/kernels/*)
list(SORT files)
set(sums "")
foreach(file ${files})
  file(SHA256 ${SOURCE}/kernels/${file} sum)
  string(APPEND sums "${sum}  ${file}\n")
endforeach()
string(SHA256 digest "${sums}")
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=40 --match=-
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
set(text "{\"kernels_sha256\": \"${digest}\", \"commit\": \"${commit}\",\n \"cuda\": \"${CUDA}\", ")
string(APPEND text "\"architectures\": \"${ARCHITECTURES}\", \"compiler\": \"${COMPILER}\"}\n")
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "${text}" @ONLY)
