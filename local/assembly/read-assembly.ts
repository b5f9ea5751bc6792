import { readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';

/** A template resource as synthesized: intrinsic functions are still in it. */
export interface TemplateResource {
  Type: string;
  Properties?: Record<string, unknown>;
  Condition?: string;
}

export interface Template {
  Parameters?: Record<string, { Type: string; Default?: unknown }>;
  Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  Conditions?: Record<string, unknown>;
  Resources?: Record<string, TemplateResource>;
  Outputs?: Record<string, { Value: unknown; Condition?: string; Export?: { Name: unknown } }>;
  Transform?: unknown;
}

export interface AssemblyStack {
  name: string;
  template: Template;
}

export interface Assembly {
  stacks: AssemblyStack[];
  /** Absolute path of an asset (a file, or the folder of a zip) by its object key. */
  assetPaths: Map<string, string>;
}

interface Manifest {
  artifacts?: Record<
    string,
    { type: string; properties?: { templateFile?: string; stackName?: string; file?: string } }
  >;
}

interface AssetManifest {
  files?: Record<string, { source: { path?: string }; destinations: Record<string, { objectKey: string }> }>;
  dockerImages?: Record<string, unknown>;
}

/** Says what of the cloud assembly cannot be run, by resource and property. */
export class InvalidAssembly extends Error {
  override readonly name = 'InvalidAssembly';
}

/** Reads every stack and asset of a synthesized CDK cloud assembly. */
export function readAssembly(folder: string): Assembly {
  const root = resolve(folder);
  const manifest = readJson(join(root, 'manifest.json')) as Manifest;
  const assembly: Assembly = { stacks: [], assetPaths: new Map() };
  for (const [id, artifact] of Object.entries(manifest.artifacts ?? {})) {
    const properties = artifact.properties ?? {};
    if (artifact.type === 'aws:cloudformation:stack') {
      const template = readJson(inside(root, properties.templateFile ?? `${id}.template.json`)) as Template;
      if (template.Transform !== undefined)
        throw new InvalidAssembly(`stack ${id} has a Transform, which is not supported`);
      assembly.stacks.push({ name: properties.stackName ?? id, template });
    } else if (artifact.type === 'cdk:asset-manifest') {
      readAssets(root, properties.file ?? `${id}.json`, assembly.assetPaths);
    } else if (artifact.type === 'cdk:cloud-assembly') {
      throw new InvalidAssembly(
        `artifact ${id} is a nested assembly (a CDK stage); synthesize its stacks in the app itself`,
      );
    }
  }
  if (assembly.stacks.length === 0) throw new InvalidAssembly(`${root} declares no stack`);
  return assembly;
}

function readAssets(root: string, file: string, assetPaths: Map<string, string>): void {
  const assets = readJson(inside(root, file)) as AssetManifest;
  for (const { source, destinations } of Object.values(assets.files ?? {})) {
    if (source.path === undefined) continue;
    for (const { objectKey } of Object.values(destinations))
      assetPaths.set(objectKey, inside(root, source.path));
  }
}

function inside(root: string, path: string): string {
  const full = resolve(root, path);
  if (!full.startsWith(root + sep)) throw new InvalidAssembly(`${path} leads out of the assembly ${root}`);
  return full;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : (cause as Error).message;
    throw new InvalidAssembly(`cannot read the cloud assembly: ${path} ${reason}`, { cause });
  }
}
