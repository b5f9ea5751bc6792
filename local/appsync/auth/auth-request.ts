import type { SignedRequest } from '../ports.ts';

/** A request before anybody knows who sent it. */
export interface AuthRequest extends SignedRequest {
  requestId: string;
  sourceIp: string[];
  query: string;
  operationName: string | null;
  variables: Record<string, unknown>;
}
