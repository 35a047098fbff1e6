package org.realize.nima.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.HostPort;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;

/**
 * A node in the making: its directory and key first, its configuration last. A node without a
 * configuration is not there yet, so making it can be repeated.
 */
final class NewNode {

  private final Path directory;
  private final NodeKey key;
  private final boolean isKeyNew;

  private NewNode(Path directory, NodeKey key, boolean isKeyNew) {
    this.directory = directory;
    this.key = key;
    this.isKeyNew = isKeyNew;
  }

  /**
   * Makes the directory and a key, or uses those that are there. {@code Denied} where there is a
   * configuration.
   */
  static NewNode begin(Path directory, PeerName name) throws RealizeException {
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new StorageFailed("create node directory " + directory, e);
    }
    Path configuration = ConfigurationFile.in(directory).path();
    if (Files.exists(configuration)) {
      throw new RealizeException.Denied(
          "create node " + name + ": " + configuration + " exists already");
    }
    Path file = keyFile(directory);
    if (Files.exists(file)) {
      return new NewNode(directory, NodeKey.read(file), false);
    }
    NodeKey key = NodeKey.generate(new SecureRandom());
    key.writeNew(file);
    return new NewNode(directory, key, true);
  }

  private static Path keyFile(Path directory) {
    return directory.resolve("node.key");
  }

  NodeKey key() {
    return key;
  }

  /** Writes the configuration; from then on the node is there. */
  void create(PeerName name, List<HostPort> listen, Optional<Path> mount) throws RealizeException {
    ConfigurationFile.in(directory).create(name, listen, mount);
  }

  /** Removes the key, if it is new, and the directory, if nothing else is in it. */
  void undo() throws RealizeException {
    if (isKeyNew) {
      try {
        Files.deleteIfExists(keyFile(directory));
        try (var names = Files.list(directory)) {
          if (names.findAny().isPresent()) {
            return;
          }
        }
        Files.delete(directory);
      } catch (IOException e) {
        throw new StorageFailed("remove what was made in " + directory, e);
      }
    }
  }
}
