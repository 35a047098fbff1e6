package org.realize.nima.rpc;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.util.Arrays;
import java.util.Optional;
import org.realize.sync.model.RealizeException.Corrupt;

/**
 * Bytes on their way through a slow link (#compress): one zstd frame, where a sample says that they
 * shrink. The sample is a few short runs spread over the bytes, so that what does not shrink costs
 * a hundredth of what it would cost to find out by packing it.
 */
final class PackedBytes {

  /** Fastest level: on a slow link the ratio of the next ones is not worth their time. */
  private static final int LEVEL = 1;

  private static final int SAMPLES = 4;
  private static final int SAMPLE_BYTES = 4 << 10;

  /** Below that, the frame and the call around it weigh more. */
  private static final int LEAST_BYTES = 512;

  private PackedBytes() {}

  /** The bytes packed; empty where that would not save a tenth. */
  static Optional<byte[]> pack(byte[] bytes) {
    if (bytes.length < LEAST_BYTES || !shrinks(sample(bytes))) {
      return Optional.empty();
    }
    return Optional.of(Zstd.compress(bytes, LEVEL))
        .filter(packed -> saves(packed.length, bytes.length));
  }

  private static boolean saves(int packed, int raw) {
    return packed < raw - raw / 10;
  }

  private static boolean shrinks(byte[] sample) {
    return saves(Zstd.compress(sample, LEVEL).length, sample.length);
  }

  private static byte[] sample(byte[] bytes) {
    if (bytes.length <= SAMPLES * SAMPLE_BYTES) {
      return bytes;
    }
    byte[] sample = new byte[SAMPLES * SAMPLE_BYTES];
    int step = (bytes.length - SAMPLE_BYTES) / (SAMPLES - 1);
    for (int i = 0; i < SAMPLES; i++) {
      System.arraycopy(bytes, i * step, sample, i * SAMPLE_BYTES, SAMPLE_BYTES);
    }
    return sample;
  }

  /**
   * The bytes of a packed frame of unknown origin; never more than {@code maxBytes}, whatever it
   * claims.
   */
  static byte[] unpack(byte[] packed, int maxBytes) throws Corrupt {
    byte[] room = new byte[maxBytes];
    try {
      long size = Zstd.decompressByteArray(room, 0, maxBytes, packed, 0, packed.length);
      if (Zstd.isError(size)) {
        throw new Corrupt("packed bytes: " + Zstd.getErrorName(size));
      }
      return Arrays.copyOf(room, (int) size);
    } catch (ZstdException e) {
      throw new Corrupt("packed bytes: " + e.getMessage());
    }
  }
}
