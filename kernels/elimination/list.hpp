#pragma once

#include "kernels/elimination/members.hpp"

/// THE list of the views of a class's members, as kernels/views/list.hpp is of a walk's views.
#define WEND_MEMBER_VIEWS(DO) \
  DO(ProductMembersView)      \
  DO(NeedleMembersView)       \
  DO(TableMembersView)        \
  DO(PoolMembersView)
