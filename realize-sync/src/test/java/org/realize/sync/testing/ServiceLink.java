package org.realize.sync.testing;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ContentBatch;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerService;
import org.realize.sync.port.PinAnswer;
import org.realize.sync.port.PinRequest;

/** A {@link PeerLink} that calls the other peer's service directly: a network without a wire. */
public record ServiceLink(
    PeerName peer,
    PeerName ourName,
    StoreId ourStore,
    GlobalStore.Identity identity,
    PeerService service)
    implements PeerLink {

  @Override
  public boolean connected() {
    return true;
  }

  @Override
  public FeedPage feed(ArenaName arena, long afterSeq, int max, Duration wait)
      throws RealizeException, InterruptedException {
    return service.feed(ourName, arena, afterSeq, max, wait);
  }

  @Override
  public byte[] treeNode(ContentRequest content, int level, long index, Duration deadline)
      throws RealizeException {
    return service.treeNode(ourName, content, level, index);
  }

  @Override
  public boolean diffs() {
    return true;
  }

  @Override
  public byte[] diff(ContentRequest content, ByteRange range, byte[] signature, Duration deadline)
      throws RealizeException {
    return service.diff(ourName, content, range, signature);
  }

  @Override
  public void blocks(
      ContentRequest content, long firstBlock, int count, BlockSink sink, Duration deadline)
      throws RealizeException {
    ByteBuffer buffer = ByteBuffer.allocate(TreeShape.BLOCK_BYTES);
    try (PeerService.BlockSource source = service.blocks(ourName, content, firstBlock, count)) {
      for (int i = 0; i < count; i++) {
        source.next(buffer.clear());
        sink.block(firstBlock + i, buffer.flip());
      }
    }
  }

  @Override
  public boolean batches() {
    return true;
  }

  @Override
  public void contents(ContentBatch batch, ContentSink sink, Duration deadline) {
    for (int i = 0; i < batch.contents().size(); i++) {
      byte[] bytes;
      try {
        bytes = service.content(ourName, batch.contents().get(i));
      } catch (RealizeException e) {
        sink.failed(i, e);
        continue;
      }
      sink.arrived(i, ByteBuffer.wrap(bytes));
    }
  }

  @Override
  public List<PinAnswer> pin(ArenaName arena, PinRequest request, Duration deadline)
      throws RealizeException {
    return service.pin(ourStore, arena, request);
  }

  @Override
  public Duration roundTrip() {
    return Duration.ZERO;
  }
}
