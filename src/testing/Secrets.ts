/**
 * Takes secrets out of what is about to be written.
 */
export { address, hide, make, ofAddress, ofBody, ofFields, type Redact, redacted } from "../internal/Redaction.ts"
export { isSecretName } from "../internal/SecretName.ts"
