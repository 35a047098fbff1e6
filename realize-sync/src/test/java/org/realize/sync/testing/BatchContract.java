package org.realize.sync.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ContentBatch;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.realize.sync.port.PeerLink.ContentSink;

/** The behaviour of {@link PeerLink#contents} that every link has which answers it. */
public abstract class BatchContract {

  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final int[] SIZES = {4096, 0, 1, 300_000, 131_072, 131_073, 0, 1 << 20, 17};

  /** A link to the peer that serves. */
  protected abstract PeerLink link() throws Exception;

  /** Lets the peer serve {@code bytes} from now on. */
  protected abstract ContentRequest serve(byte[] bytes) throws Exception;

  private static ContentRequest absent(int sizeBytes) {
    byte[] bytes = ScriptedPeer.bytes(sizeBytes, sizeBytes);
    return new ContentRequest(
        ArenaRig.NAME, TreeHasher.hash(bytes), sizeBytes, RelativePath.of("absent"));
  }

  /** What came, each content as the buffer that it came in. */
  private static final class Received implements ContentSink {
    private final Map<Integer, ByteBuffer> arrived = new TreeMap<>();
    private final Map<Integer, RealizeException> failed = new TreeMap<>();

    @Override
    public void arrived(int index, ByteBuffer bytes) {
      next(index);
      arrived.put(index, bytes);
    }

    @Override
    public void failed(int index, RealizeException cause) {
      next(index);
      failed.put(index, cause);
    }

    private byte[] bytes(int index) {
      ByteBuffer buffer = Objects.requireNonNull(arrived.get(index)).duplicate();
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      return bytes;
    }

    private void next(int index) {
      assertThat(index).isEqualTo(arrived.size() + failed.size());
    }
  }

  private Received ask(List<ContentRequest> requests) throws Exception {
    Received received = new Received();
    link().contents(new ContentBatch(requests), received, DEADLINE);
    assertThat(received.arrived.size() + received.failed.size()).isEqualTo(requests.size());
    return received;
  }

  @Test
  final void contents_ofAllSizes_comeInOrderAndStayTheReceivers() throws Exception {
    assertThat(link().batches()).isTrue();
    List<byte[]> served = new ArrayList<>();
    List<ContentRequest> requests = new ArrayList<>();
    for (int size : SIZES) {
      byte[] bytes = ScriptedPeer.bytes(served.size(), size);
      served.add(bytes);
      requests.add(serve(bytes));
    }
    for (int round = 0; round < 2; round++) {
      Received received = ask(requests);
      for (int i = 0; i < served.size(); i++) {
        assertThat(received.bytes(i)).as("content %d", i).isEqualTo(served.get(i));
        ByteBuffer bytes = Objects.requireNonNull(received.arrived.get(i));
        while (bytes.hasRemaining()) {
          bytes.put((byte) 0); // neither the next one nor the peer's own
        }
      }
    }
  }

  @Test
  final void contents_ofWhichSomeAreAbsent_failAlone() throws Exception {
    byte[] first = ScriptedPeer.bytes(1, 5000);
    byte[] last = ScriptedPeer.bytes(2, 200_000);
    Received received = ask(List.of(absent(7), serve(first), absent(300_000), serve(last)));
    assertThat(received.failed).containsOnlyKeys(0, 2);
    assertThat(received.failed.values())
        .allSatisfy(cause -> assertThat(cause).isInstanceOf(VersionGone.class));
    assertThat(received.bytes(1)).isEqualTo(first);
    assertThat(received.bytes(3)).isEqualTo(last);
  }
}
