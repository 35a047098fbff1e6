package org.realize.nima.rpc;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.stream.Stream;

/**
 * The JDK's own name look-up without its reverse half: an address never becomes a name. Helidon
 * asks for the name behind every connection that it accepts, before it does anything else; where no
 * server answers such questions, as in many homes, that would hold up every peer for many seconds.
 * Installed for the whole process as a service; nothing of Realize wants the name behind an
 * address.
 */
public final class ForwardOnlyResolverProvider extends InetAddressResolverProvider {

  @Override
  public InetAddressResolver get(Configuration configuration) {
    return new ForwardOnly(configuration.builtinResolver());
  }

  @Override
  public String name() {
    return "forward-only";
  }

  private record ForwardOnly(InetAddressResolver builtin) implements InetAddressResolver {

    @Override
    public Stream<InetAddress> lookupByName(String host, LookupPolicy policy)
        throws UnknownHostException {
      return builtin.lookupByName(host, policy);
    }

    @Override
    public String lookupByAddress(byte[] address) throws UnknownHostException {
      throw new UnknownHostException("addresses are not turned into names");
    }
  }
}
