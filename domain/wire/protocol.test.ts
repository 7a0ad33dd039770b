import { expect, it } from 'vitest';
import { protocolObjection, protocolVersion, syncProtocol, unreadable } from './protocol.ts';

it('is spoken with whoever offers it, alone or among others', () => {
  expect(protocolObjection(syncProtocol)).toBeNull();
  expect(protocolObjection(`something.else, ${syncProtocol}`)).toBeNull();
});

it('says which side is the older one', () => {
  expect(protocolObjection(undefined)).toBe('desk_outdated');
  expect(protocolObjection(`gatehouse.sync.v${protocolVersion - 1}`)).toBe('desk_outdated');
  expect(protocolObjection(`gatehouse.sync.v${protocolVersion + 1}`)).toBe('server_outdated');
  expect(protocolObjection('graphql-ws')).toBe('desk_outdated');
});

it('is told from the first byte of what cannot be read', () => {
  expect(unreadable(Uint8Array.of(protocolVersion, 0))).toBe('frame_damaged');
  expect(unreadable(Uint8Array.of(protocolVersion - 1, 0))).toBe('server_outdated');
  expect(unreadable(Uint8Array.of(protocolVersion + 1, 0))).toBe('desk_outdated');
});
