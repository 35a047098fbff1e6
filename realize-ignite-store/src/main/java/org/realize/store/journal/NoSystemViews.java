package org.realize.store.journal;

import java.util.function.Predicate;
import org.apache.ignite.spi.IgniteSpiAdapter;
import org.apache.ignite.spi.IgniteSpiMultipleInstancesSupport;
import org.apache.ignite.spi.systemview.ReadOnlySystemViewRegistry;
import org.apache.ignite.spi.systemview.SystemViewExporterSpi;
import org.apache.ignite.spi.systemview.view.SystemView;
import org.jspecify.annotations.Nullable;

/**
 * An exporter of no system views: the default exporter needs MBeans, which are off, and logs a
 * warning for each view.
 */
@IgniteSpiMultipleInstancesSupport(true)
final class NoSystemViews extends IgniteSpiAdapter implements SystemViewExporterSpi {

  @Override
  public void setSystemViewRegistry(ReadOnlySystemViewRegistry registry) {}

  @Override
  public void setExportFilter(Predicate<SystemView<?>> filter) {}

  @Override
  public void spiStart(@Nullable String instanceName) {}

  @Override
  public void spiStop() {}
}
