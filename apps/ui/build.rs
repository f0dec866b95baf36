fn main() {
    messages::build_for_ui("messages");
}
