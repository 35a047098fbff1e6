package org.realize.nima.rpc;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.realize.store.disk.SystemTimeSource;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.realize.sync.testing.BatchContract;
import org.realize.sync.testing.ServedFiles;

/** The contract of batches, over a real pair of connections. */
@Timeout(60)
final class PeerBatchTest extends BatchContract {

  private final ServedFiles files = new ServedFiles();
  private final TestNode desk = new TestNode("desk", Limits.DEFAULT);
  private final TestNode nas =
      new TestNode("nas", Limits.DEFAULT, files.service(), new SystemTimeSource(), "127.0.0.1:0");

  @BeforeEach
  void connect() throws Exception {
    nas.knows(desk);
    nas.start();
    desk.knows(nas, "127.0.0.1:" + nas.port()).start();
    await().atMost(Duration.ofSeconds(30)).until(() -> desk.link(nas).isPresent());
  }

  @AfterEach
  void close() {
    desk.close();
    nas.close();
  }

  @Override
  protected PeerLink link() {
    return desk.link(nas).orElseThrow();
  }

  @Override
  protected ContentRequest serve(byte[] bytes) throws Exception {
    return files.index(bytes);
  }
}
