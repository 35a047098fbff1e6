package org.realize.sync.transfer;

import java.time.Duration;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerLink.BlockSink;
import org.realize.sync.port.PeerLink.ContentRequest;

/** A peer as one run asks it: calls can be cancelled, what they deliver is taken in peace. */
final class DownloadSource {

  private final PeerLink link;
  private final Cancellation cancellation;

  DownloadSource(PeerLink link, Cancellation cancellation) {
    this.link = link;
    this.cancellation = cancellation;
  }

  PeerLink link() {
    return link;
  }

  PeerName peer() {
    return link.peer();
  }

  Cancellation cancellation() {
    return cancellation;
  }

  byte[] treeNode(ContentRequest request, int level, long index, Duration deadline)
      throws RealizeException, InterruptedException {
    cancellation.enter();
    try {
      return link.treeNode(request, level, index, deadline);
    } finally {
      cancellation.leave();
    }
  }

  byte[] diff(ContentRequest request, ByteRange range, byte[] signature, Duration deadline)
      throws RealizeException, InterruptedException {
    cancellation.enter();
    try {
      return link.diff(request, range, signature, deadline);
    } finally {
      cancellation.leave();
    }
  }

  void blocks(ContentRequest request, long first, int count, BlockSink sink, Duration deadline)
      throws RealizeException, InterruptedException {
    cancellation.enter();
    try {
      link.blocks(
          request,
          first,
          count,
          (index, bytes) -> {
            cancellation.leave();
            sink.block(index, bytes);
            if (!cancellation.tryEnter()) {
              throw new Unreachable("fetch '" + request.hint() + "' was cancelled");
            }
          },
          deadline);
    } finally {
      cancellation.leave();
    }
  }
}
