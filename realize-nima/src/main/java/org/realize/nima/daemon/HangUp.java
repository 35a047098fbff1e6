package org.realize.nima.daemon;

import java.lang.reflect.Proxy;
import org.realize.sync.posix.Signals;

/**
 * The handler of SIGHUP while a daemon runs, also of one that was started to ignore it, as nohup(1)
 * does; before and after it the signal has the effect that it had at the start. The class of the
 * JDK that handles signals has no supported name, so it is called by reflection.
 */
final class HangUp implements AutoCloseable {

  private final Class<?> handlerType;
  private final Class<?> signalType;
  private final Object signal;
  private final Object before;

  private HangUp(Runnable action) throws ReflectiveOperationException {
    handlerType = Class.forName("sun.misc.SignalHandler");
    signalType = Class.forName("sun.misc.Signal");
    signal = signalType.getConstructor(String.class).newInstance("HUP");
    boolean wasIgnored = Signals.heed(Signals.HANG_UP);
    Object replaced =
        install(
            Proxy.newProxyInstance(
                HangUp.class.getClassLoader(),
                new Class<?>[] {handlerType},
                (_, method, arguments) -> {
                  if (method.getDeclaringClass() != handlerType) {
                    return method.invoke(action, arguments);
                  }
                  action.run();
                  return null;
                }));
    before = wasIgnored ? handlerType.getField("SIG_IGN").get(null) : replaced;
  }

  /** Has {@code action} run, on a thread of its own, for every SIGHUP until this is closed. */
  static HangUp handledBy(Runnable action) {
    try {
      return new HangUp(action);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("handle SIGHUP", e);
    }
  }

  private Object install(Object handler) throws ReflectiveOperationException {
    return signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, handler);
  }

  @Override
  public void close() throws ReflectiveOperationException {
    install(before);
  }
}
