//! The admin console as a page of its own: see [`admin::start`].

fn main() {
    admin::start();
}
