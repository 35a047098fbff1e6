package org.realize.store.journal;

import java.io.Serializable;
import java.util.UUID;
import org.apache.ignite.cluster.ClusterNode;
import org.apache.ignite.internal.IgniteEx;
import org.apache.ignite.internal.pagemem.wal.IgniteWriteAheadLogManager;
import org.apache.ignite.internal.processors.cache.persistence.file.FileIOFactory;
import org.apache.ignite.plugin.CachePluginContext;
import org.apache.ignite.plugin.CachePluginProvider;
import org.apache.ignite.plugin.ExtensionRegistry;
import org.apache.ignite.plugin.IgnitePlugin;
import org.apache.ignite.plugin.PluginConfiguration;
import org.apache.ignite.plugin.PluginContext;
import org.apache.ignite.plugin.PluginProvider;
import org.jspecify.annotations.Nullable;

/**
 * The Ignite plugin that makes a {@link ForcedLog} the node's write-ahead log. Ignite takes another
 * log only from a plugin.
 */
final class ForcedLogPlugin implements PluginProvider<PluginConfiguration> {
  private final FileIOFactory files;

  /**
   * @param files the maker of the log's files
   */
  ForcedLogPlugin(FileIOFactory files) {
    this.files = files;
  }

  @Override
  public <T> @Nullable T createComponent(PluginContext context, Class<T> type) {
    if (!type.equals(IgniteWriteAheadLogManager.class)) {
      return null;
    }
    return type.cast(new ForcedLog(((IgniteEx) context.grid()).context(), files));
  }

  @Override
  public String name() {
    return "forced-log";
  }

  @Override
  public String version() {
    return "1";
  }

  @Override
  public String copyright() {
    return "";
  }

  @Override
  @SuppressWarnings("TypeParameterUnusedInFormals") // as the interface has it
  public <T extends IgnitePlugin> T plugin() {
    @SuppressWarnings("unchecked") // never called
    T plugin = (T) new IgnitePlugin() {};
    return plugin;
  }

  @Override
  public void initExtensions(PluginContext context, ExtensionRegistry registry) {}

  @Override
  @SuppressWarnings({"rawtypes", "NullAway"}) // the interface says null where there is none
  public @Nullable CachePluginProvider createCacheProvider(CachePluginContext context) {
    return null;
  }

  @Override
  public void start(PluginContext context) {}

  @Override
  public void stop(boolean cancel) {}

  @Override
  public void onIgniteStart() {}

  @Override
  public void onIgniteStop(boolean cancel) {}

  @Override
  public @Nullable Serializable provideDiscoveryData(UUID nodeId) {
    return null;
  }

  @Override
  public void receiveDiscoveryData(UUID nodeId, Serializable data) {}

  @Override
  @SuppressWarnings("deprecation") // the interface still asks for it
  public void validateNewNode(ClusterNode node) {}
}
