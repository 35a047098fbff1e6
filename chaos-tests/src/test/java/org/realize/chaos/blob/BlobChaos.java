package org.realize.chaos.blob;

/** The program behind {@code scripts/chaos --blobs A..B}; exits 1 at the first seed that fails. */
final class BlobChaos {

  private BlobChaos() {}

  public static void main(String[] arguments) throws Exception {
    int dots = arguments[0].indexOf("..");
    long first = Long.parseLong(arguments[0].substring(0, dots));
    long last = Long.parseLong(arguments[0].substring(dots + 2));
    for (long seed = first; seed <= last; seed++) {
      try {
        new BlobScenario(seed).run();
      } catch (BlobScenario.Failed e) {
        System.err.println(e.getMessage());
        System.exit(1);
      }
    }
    System.out.printf("blobs %d..%d: nothing lost, nothing left%n", first, last);
    System.exit(0);
  }
}
