#include "compiler/toolchain_table.h"

const tsc::ToolchainTable tsc_toolchain = {
#define MEMBER(name) &tsc::name,
    TSC_TOOLCHAIN_FUNCTIONS(MEMBER)
#undef MEMBER
};
