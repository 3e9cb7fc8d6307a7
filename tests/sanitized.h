// Which sanitizer this test program was built with: TSC_ASAN and TSC_TSAN are 0 or 1.
#pragma once

#ifdef __has_feature // Clang
#define TSC_ASAN __has_feature(address_sanitizer)
#define TSC_TSAN __has_feature(thread_sanitizer)
#else
#ifdef __SANITIZE_ADDRESS__
#define TSC_ASAN 1
#else
#define TSC_ASAN 0
#endif
#ifdef __SANITIZE_THREAD__
#define TSC_TSAN 1
#else
#define TSC_TSAN 0
#endif
#endif
