import { InvalidAssembly } from './read-assembly.ts';
import type { Template, TemplateResource } from './read-assembly.ts';

/** Fails where deploying would: on a dependency that is not declared, and on resources that wait for each other. */
export function checkDependencies(stackName: string, template: Template): void {
  const resources = template.Resources ?? {};
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (logicalId: string): void => {
    if (done.has(logicalId)) return;
    const at = path.indexOf(logicalId);
    if (at >= 0) {
      const circle = [...path.slice(at), logicalId].join(' → ');
      throw new InvalidAssembly(`stack ${stackName}: circular dependency between resources: ${circle}`);
    }
    path.push(logicalId);
    for (const other of dependenciesOf(resources[logicalId])) {
      if (Object.hasOwn(resources, other)) visit(other);
    }
    path.pop();
    done.add(logicalId);
  };
  for (const [logicalId, resource] of Object.entries(resources)) {
    for (const other of listOf(resource.DependsOn)) {
      if (!Object.hasOwn(resources, other))
        throw new InvalidAssembly(
          `stack ${stackName}: ${logicalId}.DependsOn names ${other}, which is not declared`,
        );
    }
    visit(logicalId);
  }
}

const listOf = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

function dependenciesOf(resource: TemplateResource | undefined): Set<string> {
  const found = new Set(listOf(resource?.DependsOn));
  collect(resource?.Properties, found);
  return found;
}

function collect(value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'Ref' && typeof inner === 'string') found.add(inner);
    else if (key === 'Fn::GetAtt') found.add(attributeOwner(inner));
    else if (key === 'Fn::Sub') collectSubstitution(inner, found);
    else collect(inner, found);
  }
}

function attributeOwner(argument: unknown): string {
  const first: unknown = Array.isArray(argument) ? argument[0] : argument;
  return typeof first === 'string' ? (first.split('.')[0] ?? '') : '';
}

function collectSubstitution(argument: unknown, found: Set<string>): void {
  const [text, variables] = Array.isArray(argument) ? (argument as unknown[]) : [argument, {}];
  collect(variables, found);
  const own = new Set(Object.keys((variables ?? {}) as object));
  for (const [, name = ''] of String(text).matchAll(/\$\{([^!}][^}]*)\}/g)) {
    if (!own.has(name)) found.add(name.split('.')[0] ?? name);
  }
}
