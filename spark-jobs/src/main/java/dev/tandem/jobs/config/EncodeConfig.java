package dev.tandem.jobs.config;

import java.io.Serializable;

/** The group {@code encode}. */
public record EncodeConfig(
    @Range(min = 1) int batchSize,
    @OneOf({"float32", "float16", "int8"}) String storage,
    Window window,
    @Unset String output)
    implements Serializable {

  /** The group {@code encode.window}. */
  public record Window(@Unset @Range(min = 3) Integer length, @Unset @Range(min = 1) Integer stride)
      implements Serializable {}
}
