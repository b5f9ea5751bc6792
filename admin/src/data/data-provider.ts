import type {
  CreateParams,
  DataProvider,
  DeleteManyParams,
  DeleteParams,
  GetListParams,
  GetListResult,
  GetManyParams,
  GetManyReferenceParams,
  GetOneParams,
  RaRecord,
  UpdateParams,
} from 'react-admin';
import { resources } from '../generated/descriptors.ts';
import type { ResourceDescriptor } from '../schema-model.ts';
import type { Api } from '../transport/api.ts';
import { ApiError } from '../transport/api-error.ts';
import { createPageTokens } from './page-tokens.ts';

type Variables = Record<string, unknown>;
type Page = { items: RaRecord[]; nextToken: string | null };

type Call = (name: string, variables: Variables) => Promise<unknown>;

/** Answers react-admin's calls by the operations that the schema has for each resource; what it lacks is refused. */
export function createDataProvider(api: Api): DataProvider {
  const call = api.request as unknown as Call;
  const getList = createListReader(call);
  const provider = {
    getList,
    getOne: async (resource: string, { id, meta }: GetOneParams) => ({
      data: await readOne(call, resource, String(id), meta as Variables),
    }),
    getMany: async (resource: string, { ids, meta }: GetManyParams) => {
      const found = await Promise.all(
        ids.map((id) => readIfThere(call, resource, String(id), meta as Variables)),
      );
      return { data: found.filter((record) => record !== null) };
    },
    getManyReference: (resource: string, params: GetManyReferenceParams) =>
      getList(resource, {
        ...params,
        filter: { ...(params.filter as Variables), [params.target]: params.id },
      }),
    create: async (resource: string, { data }: CreateParams<Variables>) => {
      const operation = need(describe(resource).create, resource, 'create');
      return { data: (await call(operation, { input: omitEmpty(data) })) as RaRecord };
    },
    update: async (resource: string, { id, data }: UpdateParams<Variables & RaRecord>) => {
      const operation = need(describe(resource).update, resource, 'change');
      return { data: (await call(operation, { input: { ...data, id } })) as RaRecord };
    },
    updateMany: (resource: string) => refuse(resource, 'change many of'),
    delete: async (resource: string, { id, meta }: DeleteParams) => ({
      data: await remove(call, resource, String(id), meta as Variables),
    }),
    deleteMany: async (resource: string, { ids, meta }: DeleteManyParams) => {
      for (const id of ids) await remove(call, resource, String(id), meta as Variables);
      return { data: ids };
    },
  };
  return provider as unknown as DataProvider;
}

function createListReader(call: Call): (resource: string, params: GetListParams) => Promise<GetListResult> {
  const { readPage } = createPageTokens();
  return async (resource, params) => {
    const { list } = describe(resource);
    const { page, perPage } = params.pagination ?? { page: 1, perPage: 25 };
    const variables = { ...omitEmpty(params.filter as Variables), limit: perPage };
    const read = (nextToken: string | null): Promise<Page> =>
      call(list, { ...variables, nextToken }) as Promise<Page>;
    const { items, nextToken } = await readPage(`${resource} ${JSON.stringify(variables)}`, page, read);
    return { data: items, pageInfo: { hasNextPage: nextToken !== null, hasPreviousPage: page > 1 } };
  };
}

async function readOne(
  call: Call,
  resource: string,
  id: string,
  meta: Variables | undefined,
): Promise<RaRecord> {
  const record = await readIfThere(call, resource, id, meta);
  if (record) return record;
  throw new ApiError(`This ${spell(describe(resource).type)} does not exist (any more).`, 'NOT_FOUND', {
    actual: id,
  });
}

async function readIfThere(
  call: Call,
  resource: string,
  id: string,
  meta: Variables | undefined,
): Promise<RaRecord | null> {
  const descriptor = describe(resource);
  const operation = need(descriptor.get, resource, 'read');
  return (await call(operation, { ...pickParents(descriptor, meta), id })) as RaRecord | null;
}

async function remove(
  call: Call,
  resource: string,
  id: string,
  meta: Variables | undefined,
): Promise<RaRecord> {
  const descriptor = describe(resource);
  const operation = need(descriptor.delete, resource, 'delete');
  return (await call(operation, { ...pickParents(descriptor, meta), id })) as RaRecord;
}

function describe(resource: string): ResourceDescriptor {
  const descriptor = (resources as Record<string, ResourceDescriptor | undefined>)[resource];
  if (!descriptor) throw new ApiError(`The schema has no list of ${resource}.`, 'INTERNAL');
  return descriptor;
}

function need(operation: string | null, resource: string, verb: string): string {
  if (operation === null) throw new ApiError(`The API cannot ${verb} ${resource}.`, 'INTERNAL');
  return operation;
}

function refuse(resource: string, verb: string): Promise<never> {
  return Promise.reject(new ApiError(`The API cannot ${verb} ${resource}.`, 'INTERNAL'));
}

function spell(type: string): string {
  return type.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

function pickParents(descriptor: ResourceDescriptor, meta: Variables | undefined): Variables {
  return Object.fromEntries(descriptor.parents.map((name) => [name, meta?.[name]]));
}

/** Leaves out what a form left empty: the API takes absence, not an empty text, for "not given". */
export function omitEmpty(values: Variables | undefined): Variables {
  return Object.fromEntries(
    Object.entries(values ?? {})
      .map(([name, value]): [string, unknown] => [name, isPlainObject(value) ? omitEmpty(value) : value])
      .filter(([, value]) => value !== undefined && value !== null && value !== '' && !isEmpty(value)),
  );
}

function isPlainObject(value: unknown): value is Variables {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isPlainObject(value) && Object.keys(value).length === 0;
}
