package org.realize.nima.membership;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A message of {@code realize-join/1} as JSON: the joiner's request, the inviter's offer, the
 * joiner's consent, the inviter's answer. What the other side wrote is not checked here.
 */
public sealed interface JoinMessage {

  /**
   * The joiner's first message.
   *
   * @param name what the joiner calls itself
   * @param addresses where it listens; none if it only dials
   * @param proof in base64
   */
  record JoinRequest(String name, List<String> addresses, String proof) implements JoinMessage {
    public JoinRequest {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(proof, "proof");
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * The inviter's answer to a request.
   *
   * @param refused why the joiner may not join, one line; all else is empty then
   * @param name what the inviter calls itself
   * @param proof in base64
   * @param founder the SubjectPublicKeyInfo, in base64, of the founder of its household
   * @param arenas what it shares
   */
  record JoinOffer(
      @Nullable String refused,
      @Nullable String name,
      @Nullable String proof,
      @Nullable String founder,
      @Nullable List<OfferedArena> arenas)
      implements JoinMessage {}

  /** An arena of the inviter. */
  record OfferedArena(String name, long files, long bytes) {}

  /** The joiner's last message. */
  record JoinConsent(boolean join) implements JoinMessage {}

  /**
   * The inviter's last message.
   *
   * @param refused why the joiner is no member; absent: it is one
   */
  record JoinResult(@Nullable String refused) implements JoinMessage {}

  /** The most bytes of a message to the inviter, who reads it from a stranger. */
  int MAX_REQUEST_BYTES = 4_096;

  /** The most bytes of a message to the joiner. */
  int MAX_ANSWER_BYTES = 65_535;

  /** The message as it travels. */
  default byte[] bytes() throws IOException {
    return Json.MAPPER.writeValueAsBytes(this);
  }

  /** Reads a message of this type; fields that are not known are ignored. */
  static <T extends JoinMessage> T read(byte[] bytes, Class<T> type) throws IOException {
    T message = Json.MAPPER.readValue(bytes, type);
    if (message == null) {
      throw new IOException("null where a " + type.getSimpleName() + " was expected");
    }
    return message;
  }

  /** The mapper of these messages. */
  final class Json {
    private static final JsonMapper MAPPER =
        JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .defaultPropertyInclusion(
                JsonInclude.Value.construct(
                    JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .build();

    private Json() {}
  }
}
