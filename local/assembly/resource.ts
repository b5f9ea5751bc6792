import type { ResourceName } from './naming.ts';

/** A resource that runs here, with every intrinsic function evaluated. */
export interface Resource extends ResourceName {
  stackName: string;
  arn: string;
  properties: Record<string, unknown>;
}

export interface ResolvedAssembly {
  resources: Resource[];
  /** Declared in the template, but of a type that has no counterpart on one machine. */
  notRun: { logicalId: string; typeName: string }[];
  /** By name; of several stacks with an output of the same name, as `<stack>.<name>`. */
  outputs: Record<string, unknown>;
  /** Absolute path of an asset by its object key. */
  assetPaths: Map<string, string>;
}
