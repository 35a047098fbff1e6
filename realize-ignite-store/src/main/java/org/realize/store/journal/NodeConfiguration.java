package org.realize.store.journal;

import java.nio.file.Path;
import org.apache.ignite.cache.CacheAtomicityMode;
import org.apache.ignite.cache.CacheMode;
import org.apache.ignite.cache.CacheWriteSynchronizationMode;
import org.apache.ignite.cache.affinity.rendezvous.RendezvousAffinityFunction;
import org.apache.ignite.cluster.ClusterState;
import org.apache.ignite.configuration.CacheConfiguration;
import org.apache.ignite.configuration.DataRegionConfiguration;
import org.apache.ignite.configuration.DataStorageConfiguration;
import org.apache.ignite.configuration.IgniteConfiguration;
import org.apache.ignite.configuration.SystemDataRegionConfiguration;
import org.apache.ignite.configuration.TransactionConfiguration;
import org.apache.ignite.configuration.WALMode;
import org.apache.ignite.failure.FailureHandler;
import org.apache.ignite.internal.processors.cache.persistence.file.FileIOFactory;
import org.apache.ignite.spi.eventstorage.NoopEventStorageSpi;
import org.apache.ignite.spi.metric.noop.NoopMetricExporterSpi;

/**
 * The configuration of the embedded Ignite node: alone, persistent, without any socket, and small.
 *
 * <p>The write-ahead log is written with plain writes, not through a memory map, which lost
 * acknowledged commits when the process was killed; it has no archive, so nothing is written twice.
 */
final class NodeConfiguration {
  private static final long MIB = 1L << 20;

  /** The longest record of Ignite's log. */
  static final int LOG_BUFFER_BYTES = (int) (4 * MIB);

  private static final int ARENA_PARTITIONS = 8;
  private static final int LOG_SEGMENTS = 8;

  private NodeConfiguration() {}

  /**
   * Sets what Ignite reads from system properties once, when its classes are loaded. To be called
   * before the first use of Ignite in the process.
   */
  static void setProperties() {
    System.setProperty("IGNITE_WAL_MMAP", "false");
    setDefault("IGNITE_QUIET", "false");
    setDefault("IGNITE_NO_ASCII", "true");
    setDefault("IGNITE_UPDATE_NOTIFIER", "false");
    setDefault("IGNITE_NO_SHUTDOWN_HOOK", "true");
    setDefault("IGNITE_MBEANS_DISABLED", "true");
    setDefault("IGNITE_PERFORMANCE_SUGGESTIONS_DISABLED", "true");
    setDefault("IGNITE_NO_DISCO_ORDER", "true");
    setDefault("IGNITE_JVM_PAUSE_DETECTOR_DISABLED", "true");
    // The kernel writes what it has as late; what has to be on the disk is forced by ForcedLog.
    setDefault("IGNITE_WAL_SEGMENT_SYNC_TIMEOUT", "30000");
    setDefault("IGNITE_PAGE_LOCK_TRACKER_TYPE", "-1"); // none
    // Counted are checkpoints that have nothing to write, too, so a node at rest would write this
    // file every few minutes. It is for nodes that look for old changes in a long log.
    setDefault("IGNITE_CHECKPOINT_MAP_SNAPSHOT_THRESHOLD", String.valueOf(Integer.MAX_VALUE));
    setDefault("IGNITE_LOG_CLASSPATH_CONTENT_ON_STARTUP", "false");
    setDefault("IGNITE_DUMP_THREADS_ON_FAILURE", "false");
  }

  private static void setDefault(String name, String value) {
    if (System.getProperty(name) == null) {
      System.setProperty(name, value);
    }
  }

  static IgniteConfiguration node(
      String name, Path directory, FailureHandler handler, FileIOFactory logs) {
    return new IgniteConfiguration()
        .setIgniteInstanceName(name)
        .setConsistentId("realize")
        .setWorkDirectory(directory.toAbsolutePath().toString())
        .setLocalHost("127.0.0.1")
        .setDiscoverySpi(new LoneDiscovery())
        .setCommunicationSpi(new LoopbackCommunication())
        .setConnectorConfiguration(null)
        .setClientConnectorConfiguration(null)
        .setPeerClassLoadingEnabled(false)
        .setClusterStateOnStart(ClusterState.ACTIVE)
        .setMetricsLogFrequency(0)
        .setMetricsUpdateFrequency(20_000)
        .setMetricExporterSpi(new NoopMetricExporterSpi())
        .setSystemViewExporterSpi(new NoSystemViews())
        .setEventStorageSpi(new NoopEventStorageSpi())
        .setPublicThreadPoolSize(2)
        .setSystemThreadPoolSize(2)
        .setStripedPoolSize(1)
        .setServiceThreadPoolSize(1)
        .setManagementThreadPoolSize(1)
        .setRebalanceThreadPoolSize(1)
        .setQueryThreadPoolSize(1)
        .setDataStreamerThreadPoolSize(1)
        .setAsyncCallbackPoolSize(1)
        .setSnapshotThreadPoolSize(1)
        .setBuildIndexThreadPoolSize(1)
        .setUtilityCachePoolSize(1)
        .setFailureHandler(handler)
        .setGridLogger(new IgniteLog())
        .setPluginProviders(new ForcedLogPlugin(logs))
        .setTransactionConfiguration(new TransactionConfiguration().setDefaultTxTimeout(60_000));
  }

  /**
   * What is kept where.
   *
   * @param logBytes the most that the write-ahead log takes, but for what is logged while a
   *     checkpoint runs; one begins with every quarter of it
   */
  static DataStorageConfiguration storage(Path directory, long regionBytes, long logBytes) {
    return new DataStorageConfiguration()
        .setDefaultDataRegionConfiguration(
            new DataRegionConfiguration()
                .setName("default")
                .setInitialSize(Math.min(32 * MIB, regionBytes))
                .setMaxSize(regionBytes)
                .setPersistenceEnabled(true)
                .setCheckpointPageBufferSize(Math.clamp(regionBytes / 4, 16 * MIB, 64 * MIB))
                .setMetricsEnabled(true)) // for CleanPages
        .setSystemDataRegionConfiguration(
            new SystemDataRegionConfiguration().setInitialSize(10 * MIB).setMaxSize(32 * MIB))
        .setStoragePath(directory.resolve("db").toString())
        .setWalPath(directory.resolve("wal").toString())
        .setWalArchivePath(directory.resolve("wal").toString())
        .setWalMode(WALMode.LOG_ONLY)
        .setWalSegmentSize((int) Math.max(2 * LOG_BUFFER_BYTES, logBytes / LOG_SEGMENTS))
        .setWalSegments(4)
        .setMaxWalArchiveSize(logBytes)
        .setWalBufferSize(LOG_BUFFER_BYTES)
        .setCheckpointFrequency(60_000)
        .setCheckpointThreads(1)
        .setPageSize(4096)
        .setWriteThrottlingEnabled(true);
  }

  /** The cache of one arena, or of the global rows: transactional, in a group of its own. */
  static CacheConfiguration<Object, byte[]> arena(String name) {
    return new CacheConfiguration<Object, byte[]>(name)
        .setAtomicityMode(CacheAtomicityMode.TRANSACTIONAL)
        .setCacheMode(CacheMode.PARTITIONED)
        .setBackups(0)
        .setGroupName(name)
        .setWriteSynchronizationMode(CacheWriteSynchronizationMode.FULL_SYNC)
        .setAffinity(new RendezvousAffinityFunction(false, ARENA_PARTITIONS))
        .setStatisticsEnabled(false)
        .setCopyOnRead(false)
        .setEventsDisabled(true)
        .setEagerTtl(false) // nothing expires: no thread need look for it
        .setStoreKeepBinary(true);
  }
}
