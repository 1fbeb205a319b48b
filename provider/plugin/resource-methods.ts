import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { recorder } from "./findings";
import {
  type DiffKind,
  type DiffResult,
  type HandlerContext,
  PartialError,
  type Props,
  type ResourceHandler,
  type Secrecy,
  type State,
  UNKNOWN,
} from "./handler";
import type { Methods } from "./options";
import type { Session } from "./session";
import { fromStruct, toStruct } from "./wire";

/** What the engine asks of a resource: each call goes to the handler of the resource's type. */
export function resourceMethods(session: Session): Methods {
  return {
    async check(request: rpc.CheckRequest) {
      const news = fromStruct(request.getNews());
      const olds = request.hasOlds() ? fromStruct(request.getOlds()) : undefined;
      const resource = session.handler(request.getUrn());
      session.secrets.learn(request.getNews(), request.getOlds());
      const result = await session.ask(request.getUrn(), (ctx) =>
        Promise.resolve(resource.check?.(ctx, news, olds)),
      );
      const response = new rpc.CheckResponse();
      const same = result === undefined || result.inputs === news;
      response.setInputs(
        same ? request.getNews() : toStruct(result.inputs, session.secrecy([], request.getNews())),
      );
      for (const { property, reason } of result?.failures ?? []) {
        const failure = new rpc.CheckFailure();
        failure.setProperty(property);
        failure.setReason(reason);
        response.addFailures(failure);
      }
      return response;
    },
    async diff(request: rpc.DiffRequest) {
      const resource = session.handler(request.getUrn());
      const olds = state(request.getOldInputs(), request.getOlds());
      const news = fromStruct(request.getNews());
      session.secrets.learn(request.getOldInputs(), request.getOlds(), request.getNews());
      await session.places.take(resource, request.getUrn(), news);
      return differences(
        await session.ask(request.getUrn(), (ctx) => resource.diff(ctx, request.getId(), olds, news)),
      );
    },
    async create(request: rpc.CreateRequest) {
      const resource = session.handler(request.getUrn());
      const news = fromStruct(request.getProperties());
      const secret = session.secrecy(resource.secrets, request.getProperties());
      const response = new rpc.CreateResponse();
      if (request.getPreview()) {
        const shown = session.ask(request.getUrn(), (ctx) => previewed(session, ctx, resource, news, secret));
        response.setProperties(await shown);
        return response;
      }
      await session.places.take(resource, request.getUrn(), news);
      const created = await session
        .ask(request.getUrn(), (ctx) => resource.create(ctx, news))
        .catch(withSecrets(secret));
      response.setId(created.id);
      response.setProperties(toStruct(created.outputs, secret));
      return response;
    },
    async update(request: rpc.UpdateRequest) {
      const resource = session.handler(request.getUrn());
      const news = fromStruct(request.getNews());
      const olds = state(request.getOldInputs(), request.getOlds());
      const secret = session.secrecy(resource.secrets, request.getNews());
      session.secrets.learn(request.getOldInputs(), request.getOlds());
      if (!request.getPreview()) await session.places.take(resource, request.getUrn(), news);
      const response = new rpc.UpdateResponse();
      const work = async (ctx: HandlerContext): Promise<Struct> =>
        request.getPreview()
          ? await previewed(session, ctx, resource, news, secret, olds)
          : toStruct((await resource.update(ctx, request.getId(), olds, news)).outputs, secret);
      response.setProperties(await session.ask(request.getUrn(), work).catch(withSecrets(secret)));
      return response;
    },
    async read(request: rpc.ReadRequest) {
      const resource = session.handler(request.getUrn());
      const olds = state(request.getInputs(), request.getProperties());
      const secretInputs = session.secrecy([], request.getInputs());
      const secret = session.secrecy(resource.secrets, request.getInputs(), request.getProperties());
      const found = await session.ask(request.getUrn(), (ctx) => resource.read(ctx, request.getId(), olds));
      const response = new rpc.ReadResponse();
      if (found !== undefined) {
        response.setId(found.id);
        response.setInputs(toStruct(found.inputs, secretInputs));
        response.setProperties(toStruct(found.outputs, secret));
      }
      return response;
    },
    async delete(request: rpc.DeleteRequest) {
      const resource = session.handler(request.getUrn());
      const olds = state(request.getOldInputs(), request.getProperties());
      session.secrets.learn(request.getOldInputs(), request.getProperties());
      await session.ask(request.getUrn(), async (ctx) => {
        if (await session.places.isTaken(resource, request.getUrn(), olds.inputs))
          ctx.info("what it is about stays: another resource of the program has it now");
        else await resource.delete(ctx, request.getId(), olds);
      });
      return new Empty();
    },
  };
}

const state = (inputs: Struct | undefined, outputs: Struct | undefined): State => ({
  inputs: fromStruct(inputs),
  outputs: fromStruct(outputs),
});

async function previewed(
  { secrets }: Session,
  ctx: HandlerContext,
  resource: ResourceHandler,
  news: Props,
  secret: Secrecy,
  olds?: State,
): Promise<Struct> {
  const record = recorder((text) => secrets.mask(text));
  const outputs = (await resource.preview?.({ ...ctx, record }, news, olds)) ?? news;
  const unknown = resource.computed
    .filter((name) => !(name in outputs))
    .map((name) => [name, UNKNOWN] as const);
  return toStruct({ ...outputs, ...Object.fromEntries(unknown) }, secret);
}

function withSecrets(secret: Secrecy): (error: unknown) => never {
  return (error) => {
    if (error instanceof PartialError) error.secrets = secret;
    throw error;
  };
}

const DIFF_KINDS: Readonly<Record<DiffKind, rpc.PropertyDiff.Kind>> = {
  add: rpc.PropertyDiff.Kind.ADD,
  "add-replace": rpc.PropertyDiff.Kind.ADD_REPLACE,
  delete: rpc.PropertyDiff.Kind.DELETE,
  "delete-replace": rpc.PropertyDiff.Kind.DELETE_REPLACE,
  update: rpc.PropertyDiff.Kind.UPDATE,
  "update-replace": rpc.PropertyDiff.Kind.UPDATE_REPLACE,
};

function differences({ changes, replaces, deleteBeforeReplace, detailed }: DiffResult): rpc.DiffResponse {
  const response = new rpc.DiffResponse();
  const { DIFF_SOME, DIFF_NONE } = rpc.DiffResponse.DiffChanges;
  response.setChanges(changes ? DIFF_SOME : DIFF_NONE);
  response.setReplacesList([...(replaces ?? [])]);
  response.setDeletebeforereplace(deleteBeforeReplace ?? false);
  if (detailed === undefined) return response;
  response.setHasdetaileddiff(true);
  for (const [path, kind] of Object.entries(detailed)) {
    const difference = new rpc.PropertyDiff();
    difference.setKind(DIFF_KINDS[kind]);
    difference.setInputdiff(true);
    response.getDetaileddiffMap().set(path, difference);
  }
  const properties = Object.keys(detailed).map((path) => path.split(/[.[]/)[0] ?? path);
  response.setDiffsList([...new Set(properties)]);
  return response;
}
