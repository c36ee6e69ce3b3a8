//! The program: everything is in the library.

/// Many small values are made on several threads at once, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    iac_check::cli::run(std::env::args_os())
}
