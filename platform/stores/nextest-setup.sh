#!/bin/sh
# nextest's set-up script (.config/nextest.toml): one set of stores for the whole run.
set -eu
# `./khidma test` and whoever starts stores by hand have named some already.
if [ -n "${KHIDMA_TEST_DATABASE_URL:-}" ]; then exit 0; fi
program="${CARGO_TARGET_DIR:-target}/debug/test-stores"
# Asking cargo means waiting for every other build, so only when the program is missing or old.
# With the features of the whole workspace, no dependency is compiled a second time.
if [ ! -x "$program" ] ||
  [ -n "$(find platform/stores/src platform/stores/Cargo.toml -newer "$program")" ]; then
  "${CARGO:-cargo}" build --quiet --workspace --bin test-stores
fi
exec "$program" nextest
