package org.realize.nima.daemon;

import java.lang.reflect.Proxy;

/**
 * The handler of SIGHUP while a daemon runs; before and after it the signal ends the process. The
 * class of the JDK that handles signals has no supported name, so it is called by reflection.
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
    before =
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
