/** Whether a header or a query parameter of this name holds a secret. @category redaction */
export const isSecretName = (name: string): boolean =>
  /^(?:key|auth|password)$|authorization|api-?_?key|token|secret|cookie/i.test(name)
