package org.realize.store.journal;

import java.lang.invoke.MethodHandles;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.ignite.spi.IgniteSpiException;
import org.apache.ignite.spi.IgniteSpiMultipleInstancesSupport;
import org.apache.ignite.spi.discovery.DiscoverySpiHistorySupport;
import org.apache.ignite.spi.discovery.DiscoverySpiOrderSupport;
import org.apache.ignite.spi.discovery.isolated.IsolatedDiscoverySpi;
import org.jspecify.annotations.Nullable;

/**
 * The discovery of a node that is alone: it finds no other one. It has threads while tables are
 * made and removed; Ignite 2.18 keeps one for each processor.
 */
@IgniteSpiMultipleInstancesSupport(true)
@DiscoverySpiOrderSupport(true)
@DiscoverySpiHistorySupport(true)
final class LoneDiscovery extends IsolatedDiscoverySpi {
  private static final int IDLE_SECONDS = 10;

  @Override
  public void spiStart(@Nullable String igniteInstanceName) throws IgniteSpiException {
    super.spiStart(igniteInstanceName);
    if (threads() instanceof ThreadPoolExecutor pool) {
      pool.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
      pool.allowCoreThreadTimeOut(true);
    }
  }

  private Object threads() {
    try {
      return MethodHandles.privateLookupIn(IsolatedDiscoverySpi.class, MethodHandles.lookup())
          .findVarHandle(IsolatedDiscoverySpi.class, "exec", ExecutorService.class)
          .get(this);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Ignite's discovery has no threads of the kind that end", e);
    }
  }
}
