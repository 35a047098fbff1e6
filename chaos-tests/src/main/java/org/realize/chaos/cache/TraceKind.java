package org.realize.chaos.cache;

import java.util.Arrays;
import java.util.SplittableRandom;

/** A kind of trace that can be generated. */
public enum TraceKind {
  /** Independent requests, the k-th most popular blob with a weight of 1/k^0.9. */
  ZIPF {
    @Override
    int[] requests(int blobs, int length, SplittableRandom random) {
      Zipf zipf = new Zipf(blobs, random);
      int[] requests = new int[length];
      Arrays.setAll(requests, _ -> zipf.next(random));
      return requests;
    }
  },

  /** All blobs in turn, again and again. */
  LOOP {
    @Override
    int[] requests(int blobs, int length, SplittableRandom random) {
      int[] order = shuffled(blobs, random);
      int[] requests = new int[length];
      Arrays.setAll(requests, at -> order[at % blobs]);
      return requests;
    }
  },

  /**
   * Zipf, and now and then beside it, request by request, a scan over a fifth as many blobs that is
   * never read again: a quarter of all.
   */
  SCAN {
    @Override
    int[] requests(int blobs, int length, SplittableRandom random) {
      Zipf zipf = new Zipf(blobs, random);
      int[] requests = new int[length];
      int scanned = blobs;
      int part = Math.max(1, blobs / 5);
      for (int at = 0; at < length; at++) {
        int phase = at % (4 * part);
        boolean scan = phase >= 2 * part && phase % 2 == 0;
        requests[at] = scan ? scanned++ : zipf.next(random);
      }
      return requests;
    }
  },

  /**
   * Nine in ten requests go to a twentieth of the blobs, which is another one after each twentieth
   * of the trace; the others go to any.
   */
  SHIFT {
    @Override
    int[] requests(int blobs, int length, SplittableRandom random) {
      int hot = Math.max(1, blobs / 20);
      int period = Math.max(1, length / 20);
      int[] requests = new int[length];
      int first = 0;
      for (int at = 0; at < length; at++) {
        if (at % period == 0) {
          first = random.nextInt(blobs);
        }
        requests[at] =
            random.nextInt(10) < 9 ? (first + random.nextInt(hot)) % blobs : random.nextInt(blobs);
      }
      return requests;
    }
  };

  private static final long LEAST_BYTES = 4096;
  private static final long MOST_BYTES = 8L << 30;
  private static final long EQUAL_BYTES = 1 << 20;

  abstract int[] requests(int blobs, int length, SplittableRandom random);

  /**
   * Generates a trace.
   *
   * @param blobs that may be asked for again
   * @param mixed whether sizes are spread from 4 KiB to 8 GiB, evenly by their logarithm, or are
   *     all 1 MiB
   */
  public RequestTrace generate(int blobs, int length, boolean mixed, long seed) {
    int[] requests = requests(blobs, length, new SplittableRandom(seed));
    SplittableRandom random = new SplittableRandom(~seed);
    long[] sizes = new long[Arrays.stream(requests).max().orElse(-1) + 1];
    double spread = Math.log((double) MOST_BYTES / LEAST_BYTES);
    Arrays.setAll(
        sizes,
        _ -> mixed ? (long) (LEAST_BYTES * Math.exp(spread * random.nextDouble())) : EQUAL_BYTES);
    return new RequestTrace(requests, sizes);
  }

  private static int[] shuffled(int count, SplittableRandom random) {
    int[] order = new int[count];
    for (int at = 0; at < count; at++) {
      int other = random.nextInt(at + 1);
      order[at] = order[other];
      order[other] = at;
    }
    return order;
  }

  /** Numbers by popularity, spread over the blobs. */
  private static final class Zipf {
    private static final double EXPONENT = 0.9;

    private final int[] byRank;
    private final double[] upTo;

    Zipf(int blobs, SplittableRandom random) {
      byRank = shuffled(blobs, random);
      upTo = new double[blobs];
      double sum = 0;
      for (int rank = 0; rank < blobs; rank++) {
        sum += Math.pow(rank + 1, -EXPONENT);
        upTo[rank] = sum;
      }
    }

    int next(SplittableRandom random) {
      int rank = Arrays.binarySearch(upTo, random.nextDouble() * upTo[upTo.length - 1]);
      return byRank[Math.min(rank < 0 ? ~rank : rank, byRank.length - 1)];
    }
  }
}
