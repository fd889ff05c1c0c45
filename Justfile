# Recipes for people. Each one only calls cargo, so none of them is needed: what `just demo` does,
# `cargo run --release -- demo` does on a machine without `just`.
#
# `just` alone lists the recipes; paths are relative to this directory. To get it: `cargo install just`, or `pip install rust-just`.

# List the recipes
default:
    @{{ just_executable() }} --list --unsorted

# Move a VM between three sites, with and without the mechanism, and compare (needs no root)
demo *ARGS:
    cargo run --release -- demo {{ ARGS }}

# Run one topology, for example: just run topologies/three-site.toml --igp cisco
run TOPOLOGY *ARGS:
    cargo run --release -- run {{ TOPOLOGY }} {{ ARGS }}

# Check a topology file and say what would be built
validate TOPOLOGY *ARGS:
    cargo run --release -- validate {{ TOPOLOGY }} {{ ARGS }}

# Run every test; ARGS go to cargo, for example: just test -p isis
test *ARGS:
    cargo test {{ ARGS }}

# Fuzz every target, or those whose names contain TARGET, for SECONDS each; needs stable cargo alone
fuzz TARGET="fuzz_" SECONDS="60":
    BOLERO_RANDOM_TEST_TIME_MS={{ SECONDS }}000 cargo test --profile fuzz \
        -p wire -p isis -p edge -p edge-api -p topology -p meter --test fuzz -- {{ TARGET }}
    BOLERO_RANDOM_TEST_TIME_MS={{ SECONDS }}000 cargo test --profile fuzz -p edged --lib -- {{ TARGET }}

# Everything that must hold before a change is offered
verify: fmt-check lint doc test

# Format all code
fmt:
    cargo fmt --all

# Fail where code is not formatted
fmt-check:
    cargo fmt --all -- --check

# Clippy on all targets; a warning is an error
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Build the documentation of all crates; a warning is an error
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Build everything, optimised
build:
    cargo build --release --workspace

# Build the stand-alone edge device, without what only a lab needs, and show the binary's size
size:
    cargo build --release -p edged
    @ls -lh "${CARGO_TARGET_DIR:-target}/release/edged"

# Remove what was built; the directories of runs stay
clean:
    cargo clean
