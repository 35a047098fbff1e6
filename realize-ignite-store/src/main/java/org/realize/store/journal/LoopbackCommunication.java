package org.realize.store.journal;

import org.apache.ignite.cluster.ClusterNode;
import org.apache.ignite.plugin.extensions.communication.Message;
import org.apache.ignite.spi.IgniteSpiAdapter;
import org.apache.ignite.spi.IgniteSpiException;
import org.apache.ignite.spi.IgniteSpiMultipleInstancesSupport;
import org.apache.ignite.spi.communication.CommunicationListener;
import org.apache.ignite.spi.communication.CommunicationSpi;
import org.jspecify.annotations.Nullable;

/** The communication of a node that is alone: it opens no socket and talks only to itself. */
@IgniteSpiMultipleInstancesSupport(true)
final class LoopbackCommunication extends IgniteSpiAdapter implements CommunicationSpi<Message> {
  private volatile @Nullable CommunicationListener<Message> listener;

  @Override
  public void sendMessage(ClusterNode node, Message message) {
    CommunicationListener<Message> receiver = listener;
    if (!node.isLocal() || receiver == null) {
      throw new IgniteSpiException("there is no other node than this one");
    }
    receiver.onMessage(node.id(), message, () -> {});
  }

  @Override
  public void setListener(@Nullable CommunicationListener<Message> listener) {
    this.listener = listener;
  }

  @Override
  public int getSentMessagesCount() {
    return 0;
  }

  @Override
  public long getSentBytesCount() {
    return 0;
  }

  @Override
  public int getReceivedMessagesCount() {
    return 0;
  }

  @Override
  public long getReceivedBytesCount() {
    return 0;
  }

  @Override
  public int getOutboundMessagesQueueSize() {
    return 0;
  }

  @Override
  public void resetMetrics() {}

  @Override
  public void spiStart(@Nullable String igniteInstanceName) {}

  @Override
  public void spiStop() {}
}
