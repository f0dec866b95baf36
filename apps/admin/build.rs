fn main() {
    messages::build("messages");
}
