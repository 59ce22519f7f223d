package dev.tandem.jobs.retrieval;

import java.io.Serializable;

/**
 * The windows that long passages are cut into.
 *
 * @param length tokens of a window, special tokens and prefix included
 * @param stride tokens between the starts of two windows
 */
public record WindowSettings(int length, int stride) implements Serializable {}
