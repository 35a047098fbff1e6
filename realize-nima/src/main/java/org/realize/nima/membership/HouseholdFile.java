package org.realize.nima.membership;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.realize.nima.config.AtomicFile;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;

/**
 * The file {@code household.pub} of a node's directory: the public key, as PEM, of the founder of
 * the household that this node is a member of. What members say of each other is believed as far as
 * it goes back to that key.
 */
public record HouseholdFile(Path path) {

  private static final int MAX_BYTES = 64 * 1024;

  /** The file of the node with this directory; it need not exist. */
  public static HouseholdFile in(Path directory) {
    return new HouseholdFile(directory.resolve("household.pub"));
  }

  /** The founder's key; empty for a node that is in no household. */
  public Optional<PeerKey> read() throws RealizeException {
    try {
      if (Files.size(path) > MAX_BYTES) {
        throw new RealizeException.Invalid("read " + path + ": larger than a key can be");
      }
      return Optional.of(PeerKey.ofPem(Files.readString(path, StandardCharsets.US_ASCII)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new StorageFailed("read " + path, e);
    }
  }

  /** Writes the founder's key, durably. */
  public void write(PeerKey founder) throws StorageFailed {
    try {
      AtomicFile.write(path, founder.pem());
    } catch (IOException e) {
      throw new StorageFailed("write " + path, e);
    }
  }
}
