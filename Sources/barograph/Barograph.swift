@main
struct Barograph {
  static func main() {
    print("barograph")
  }
}
