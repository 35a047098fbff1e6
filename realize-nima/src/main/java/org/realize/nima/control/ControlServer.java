package org.realize.nima.control;

import io.helidon.webserver.WebServer;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import org.realize.sync.model.RealizeException;

/**
 * The listener of the control API on a Unix socket. Only the owner can reach it: its directory has
 * mode 0700 and the socket 0600. At most 64 connections; a request is at most 64 KiB.
 */
public final class ControlServer implements AutoCloseable {

  private static final int MAX_CONNECTIONS = 64;
  private static final int MAX_REQUEST_BYTES = 64 * 1024;
  private static final Duration GRACE = Duration.ofSeconds(1);
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private final WebServer server;
  private final Path socket;

  private ControlServer(WebServer server, Path socket) {
    this.server = server;
    this.socket = socket;
  }

  /**
   * Listens at {@code socket}, whose directory is made if it is missing. A socket that a dead
   * daemon left is replaced; {@link RealizeException.Denied} when a living one answers there, or
   * when others may enter the directory.
   */
  public static ControlServer start(Path socket, Household household) throws RealizeException {
    String action = "open control socket " + socket;
    try {
      prepare(action, socket);
      WebServer server =
          WebServer.builder()
              .bindAddress(UnixDomainSocketAddress.of(socket))
              .shutdownHook(false)
              .featuresDiscoverServices(false)
              .shutdownGracePeriod(GRACE)
              .maxTcpConnections(MAX_CONNECTIONS)
              .maxPayloadSize(MAX_REQUEST_BYTES)
              .routing(routing -> routing.register(ControlRoutes.all(household)))
              .build()
              .start();
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
      return new ControlServer(server, socket);
    } catch (IOException | RuntimeException e) {
      throw new RealizeException.StorageFailed(action, e);
    }
  }

  private static void prepare(String action, Path socket) throws IOException, RealizeException {
    Path directory = socket.toAbsolutePath().normalize().resolveSibling(".").normalize();
    Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(directory);
    if (!OWNER_ONLY.containsAll(permissions)) {
      throw new RealizeException.Denied(
          "%s: its directory has mode %s, others may enter; run chmod 700 on it"
              .formatted(action, PosixFilePermissions.toString(permissions)));
    }
    if (ControlClient.answers(socket)) {
      throw new RealizeException.Denied(action + ": a daemon is running there already");
    }
    Files.deleteIfExists(socket);
  }

  /** Ends running requests after a second and removes the socket. */
  @Override
  public void close() {
    server.stop();
    socket.toFile().delete();
  }
}
