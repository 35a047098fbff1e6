package org.realize.sync.model;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;

/** The text of an I/O failure for people, on one line: the file, where there is one, and why. */
public final class IoCause {

  private IoCause() {}

  /** The file, if the failure names one, and the reason. */
  public static String of(IOException failure) {
    return of(failure, "");
  }

  /** As {@link #of(IOException)}, without the file if {@code context} names it already. */
  public static String of(IOException failure, String context) {
    String reason = reason(failure);
    return failure instanceof FileSystemException named
            && named.getFile() != null
            && !named.getFile().isEmpty()
            && !context.contains(named.getFile())
        ? named.getFile() + ": " + reason
        : reason;
  }

  /** The JDK's exceptions for files say why by their kind, and have the file as their message. */
  private static String reason(IOException failure) {
    if (failure instanceof FileSystemException named && named.getReason() != null) {
      return named.getReason();
    }
    return switch (failure) {
      case NoSuchFileException _ -> "no such file or directory";
      case AccessDeniedException _ -> "permission denied";
      case FileAlreadyExistsException _ -> "exists already";
      case DirectoryNotEmptyException _ -> "directory not empty";
      case NotDirectoryException _ -> "not a directory";
      case NotLinkException _ -> "not a link";
      case FileSystemLoopException _ -> "a loop of links";
      case FileSystemException _ -> failure.getClass().getSimpleName();
      default ->
          failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    };
  }
}
