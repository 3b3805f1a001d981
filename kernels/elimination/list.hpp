#pragma once

#include "kernels/elimination/concepts.hpp"
#include "kernels/elimination/members.hpp"

/// THE list of the views of a class's members, as kernels/views/list.hpp is of a walk's views.
#define WEND_MEMBER_VIEWS(DO) \
  DO(ProductMembersView)      \
  DO(NeedleMembersView)       \
  DO(TableMembersView)        \
  DO(PoolMembersView)

namespace wend::kernels {

#define WEND_CHECK_VIEW(VIEW) static_assert(SomeMembersView<VIEW>);
WEND_MEMBER_VIEWS(WEND_CHECK_VIEW)
#undef WEND_CHECK_VIEW

}  // namespace wend::kernels
