package org.realize.chaos.blob;

import org.realize.chaos.Sweep;

/** The program behind {@code scripts/chaos --blobs A..B}. */
final class BlobChaos {

  private BlobChaos() {}

  public static void main(String[] arguments) {
    Sweep.run("blobs", arguments[0], seed -> new BlobScenario(seed).run());
  }
}
