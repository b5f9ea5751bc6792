import { evaluate, evaluateCondition } from './evaluate.ts';
import type { Scope } from './evaluate.ts';
import { arnOf, attributeOf, derivePhysicalId, nameProperty, refOf } from './naming.ts';
import type { Naming, ResourceName } from './naming.ts';
import { InvalidAssembly } from './read-assembly.ts';
import type { Assembly, AssemblyStack, TemplateResource } from './read-assembly.ts';
import { readText } from './read-text.ts';
import { checkProperties, isUsed, SUPPORTED_TYPES } from './supported-types.ts';

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
  outputs: Record<string, unknown>;
  /** Absolute path of an asset by its object key. */
  assetPaths: Map<string, string>;
}

interface Stack {
  scope: Scope;
  exports: Map<string, unknown>;
}

/** Evaluates parameters, conditions, intrinsic functions and outputs of every stack. */
export function resolveAssembly(assembly: Assembly, naming: Naming): ResolvedAssembly {
  const stacks: Stack[] = [];
  const resolved: ResolvedAssembly = {
    resources: [],
    notRun: [],
    outputs: {},
    assetPaths: assembly.assetPaths,
  };
  const importValue = (name: string): unknown => {
    const owner = stacks.find(({ exports }) => exports.has(name));
    if (!owner) throw new InvalidAssembly(`no stack exports ${name}`);
    return evaluate(owner.exports.get(name), owner.scope, `export ${name}`);
  };
  for (const stack of assembly.stacks) {
    const scope = createScope(stack, naming, importValue);
    stacks.push({ scope, exports: readExports(scope) });
  }
  for (const { scope } of stacks) {
    resolveResources(scope, naming, resolved);
    for (const [name, output] of Object.entries(scope.template.Outputs ?? {})) {
      if (output.Condition && !evaluateCondition(output.Condition, scope)) continue;
      resolved.outputs[name] = evaluate(output.Value, scope, `output ${name}`);
    }
  }
  return resolved;
}

function readExports(scope: Scope): Map<string, unknown> {
  const exports = new Map<string, unknown>();
  for (const [name, { Export, Value }] of Object.entries(scope.template.Outputs ?? {})) {
    if (Export) exports.set(String(evaluate(Export.Name, scope, `output ${name}.Export`)), Value);
  }
  return exports;
}

function createScope(stack: AssemblyStack, naming: Naming, importValue: (name: string) => unknown): Scope {
  const { name: stackName, template } = stack;
  const names = new Map<string, ResourceName>();
  const declared = template.Resources ?? {};

  function nameOf(logicalId: string): ResourceName | undefined {
    const known = names.get(logicalId);
    const resource = declared[logicalId];
    if (known || !resource) return known;
    const name = { logicalId, typeName: resource.Type, physicalId: physicalIdOf(logicalId, resource) };
    names.set(logicalId, name);
    return name;
  }

  function physicalIdOf(logicalId: string, resource: TemplateResource): string {
    const property = nameProperty(resource.Type);
    const given = property && resource.Properties?.[property];
    if (given) return String(evaluate(given, scope, `${logicalId}.${property}`));
    return derivePhysicalId(stackName, logicalId, { typeName: resource.Type, region: naming.region });
  }

  const scope: Scope = {
    stackName,
    template,
    importValue,
    pseudoParameters: {
      'AWS::Region': naming.region,
      'AWS::AccountId': naming.accountId,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': stackName,
      'AWS::StackId': `arn:aws:cloudformation:${naming.region}:${naming.accountId}:stack/${stackName}/local`,
    },
    ref: (logicalId) => {
      const name = nameOf(logicalId);
      return name && refOf(name, naming);
    },
    attribute: (logicalId, attribute) => {
      const name = nameOf(logicalId);
      if (!name)
        throw new InvalidAssembly(`stack ${stackName}: Fn::GetAtt names ${logicalId}, which is not declared`);
      return attributeOf(name, attribute, naming);
    },
  };
  return scope;
}

function resolveResources(scope: Scope, naming: Naming, resolved: ResolvedAssembly): void {
  for (const [logicalId, resource] of Object.entries(scope.template.Resources ?? {})) {
    if (resource.Condition && !evaluateCondition(resource.Condition, scope)) continue;
    const typeName = resource.Type;
    if (!SUPPORTED_TYPES[typeName]) {
      resolved.notRun.push({ logicalId, typeName });
      continue;
    }
    checkProperties(logicalId, typeName, resource.Properties ?? {});
    const properties: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(resource.Properties ?? {})) {
      if (isUsed(typeName, name)) properties[name] = evaluate(value, scope, `${logicalId}.${name}`);
    }
    const physicalId = derivedOrGiven({ scope, logicalId, typeName, properties }, naming);
    const name = { typeName, logicalId, physicalId };
    resolved.resources.push({ ...name, stackName: scope.stackName, arn: arnOf(name, naming), properties });
  }
}

function derivedOrGiven(
  {
    scope,
    logicalId,
    typeName,
    properties,
  }: { scope: Scope; logicalId: string; typeName: string; properties: Record<string, unknown> },
  naming: Naming,
): string {
  const property = nameProperty(typeName);
  const given = property && properties[property];
  const derived = derivePhysicalId(scope.stackName, logicalId, { typeName, region: naming.region });
  return readText(given, derived, `${logicalId}.${property}`);
}
