/** Text to token ids. Imports no other package of the model. */
package dev.tandem.model.tokenize;
