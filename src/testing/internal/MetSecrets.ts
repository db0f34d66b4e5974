/**
 * Secrets that a recording was given, and those that it met behind the names of headers, parameters and fields.
 */
import * as Redacted from "effect/Redacted"
import * as Secrets from "../Secrets.ts"

/** @category models */
export interface MetSecrets {
  /** Hides all that is known so far. */
  readonly redact: Secrets.Redact
  readonly learn: (found: ReadonlyArray<Redacted.Redacted>) => void
}

/** @category constructors */
export const make = (given: ReadonlyArray<Redacted.Redacted> = []): MetSecrets => {
  const known = new Map(given.map((secret) => [Redacted.value(secret), secret]))
  let hide: Secrets.Redact | undefined
  return {
    redact: (json) => (hide ??= Secrets.make([...known.values()]))(json),
    learn: (found) => {
      for (const secret of found) {
        const value = Redacted.value(secret)
        if (known.has(value)) continue
        known.set(value, secret)
        hide = undefined
      }
    }
  }
}
