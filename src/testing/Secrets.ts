/**
 * Takes secrets out of what is about to be written.
 */
export { make, type Redact, redacted } from "../internal/Redaction.ts"
export { isSecretName } from "../internal/SecretName.ts"
