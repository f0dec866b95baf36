#!/bin/sh
# nextest's set-up script (.config/nextest.toml): one set of stores for the whole run.
set -eu
# `./khidma test` and whoever starts stores by hand have named some already.
if [ -n "${KHIDMA_TEST_DATABASE_URL:-}" ]; then exit 0; fi
# With the features of the whole workspace, so that no dependency is compiled a second time.
"${CARGO:-cargo}" build --quiet --workspace --bin test-stores
exec "${CARGO_TARGET_DIR:-target}/debug/test-stores" nextest
