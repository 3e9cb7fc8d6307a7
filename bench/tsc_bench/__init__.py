"""The benchmark harness of tsc: `scripts/bench` runs it; docs/benchmarks.md says what it measures and how."""
