package dev.tandem.jobs.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The values a numeric configuration key may take, both ends included. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Range {
  /** Smallest value allowed. */
  double min() default Double.NEGATIVE_INFINITY;

  /** Largest value allowed. */
  double max() default Double.POSITIVE_INFINITY;
}
