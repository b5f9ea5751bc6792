/** Whether a request may go on; a refusal carries the message that AWS would give. */
export type Decision = { allowed: true } | { allowed: false; message: string };

/** A request that the caller's policies do not allow. */
export class AccessDenied extends Error {
  override readonly name = 'AccessDenied';
}
