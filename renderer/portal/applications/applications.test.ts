import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { isWellFormedKey } from '../../../domain/keys.ts';
import { open } from '../testing/open.ts';
import { createScene } from '../testing/scenes.ts';
import type { FakeServer } from '../testing/server.ts';
import ApplicationPage from './ApplicationPage.svelte';
import MyApps from './MyApps.svelte';
import NewApp from './NewApp.svelte';
import Register from './Register.svelte';
import Settings from './Settings.svelte';

const press = (name: string | RegExp) => fireEvent.click(screen.getByRole('button', { name }));
const type = (label: string | RegExp, value: string) =>
  fireEvent.input(screen.getByLabelText(label), { target: { value } });

/** The page of an application by its place in the scene. */
async function openApplication(server: FakeServer, place = 0) {
  const id = server.world.applications[place]?.id ?? '';
  const opened = await open(server, ApplicationPage, { params: { application: id } });
  await screen.findByRole('heading', { level: 1 });
  return { ...opened, id };
}

function version(server: FakeServer, offer: number, place: number) {
  const found = server.world.offers[offer];
  return { product: found?.product.id ?? '', version: found?.versions[place]?.id ?? '' };
}

describe('my applications', () => {
  it('say what will be here and how', async () => {
    await open(createScene('empty'), MyApps);
    expect(await screen.findByRole('heading', { name: 'No applications yet' })).toBeTruthy();
    expect(screen.getByRole('link', { name: 'New App' }).getAttribute('href')).toBe('/applications/new');
  });

  it('are listed with their states in words', async () => {
    await open(createScene('full'), MyApps);
    await screen.findByRole('link', { name: 'Nimbus Freight' });
    const states = screen.getAllByText(/^(Approved|Pending|Rejected)$/).map(({ textContent }) => textContent);
    expect(states).toEqual(['Approved', 'Pending', 'Rejected', 'Approved']);
  });

  it('that cannot be loaded offer another try', async () => {
    const server = createScene('failing');
    await open(server, MyApps);
    await screen.findByRole('alert');
    server.faults.clear();
    await press('Try again');
    expect(await screen.findByRole('link', { name: 'Nimbus Freight' })).toBeTruthy();
  });
});

describe('a new application', () => {
  it('needs a name and nothing else', async () => {
    const server = createScene('empty');
    const { went } = await open(server, NewApp);
    await screen.findByLabelText('Name');
    await press('Create application');
    expect(screen.getByText(/Give it a name/)).toBeTruthy();
    await type('Name', 'Nimbus');
    await press('Create application');
    await waitFor(() => expect(went).toEqual([`/applications/${server.world.applications[0]?.id ?? ''}`]));
    expect(server.world.applications[0]?.strategy?.name).toBe('key-auth');
  });

  it('asks for a redirect URI only where people are signed in', async () => {
    await open(createScene('empty'), NewApp);
    await screen.findByLabelText('Name');
    expect(screen.queryByLabelText(/^Redirect URI/)).toBeNull();
    await fireEvent.click(screen.getByLabelText(/okta-oidc/));
    expect(await screen.findByLabelText(/^Redirect URI/)).toBeTruthy();
  });

  it('hears at the field that its reference ID is taken', async () => {
    await open(createScene('full'), NewApp);
    await screen.findByLabelText('Name');
    await type('Name', 'Second');
    await type(/^Reference ID/, 'nimbus-freight');
    await press('Create application');
    expect(await screen.findByText(/Another application of this portal uses this reference ID/)).toBeTruthy();
  });
});

describe('registering', () => {
  it('creates an application with the version’s strategy and asks for access (path A)', async () => {
    const server = createScene('empty');
    const { went } = await open(server, Register, { params: version(server, 0, 1) });
    await screen.findByLabelText('Name');
    await type('Name', 'Nimbus');
    await press('Create and request access');
    await waitFor(() => expect(went).toHaveLength(1));
    const [app] = server.world.applications;
    expect(app?.connections.map(({ state, versionName }) => [state, versionName])).toEqual([
      ['pending', 'v2'],
    ]);
  });

  it('takes an application that is there (path B) and keeps those of another strategy out of reach', async () => {
    const server = createScene('full');
    const { went } = await open(server, Register, { params: version(server, 0, 1) });
    const other = await screen.findByLabelText(/Route planner/);
    expect(other.hasAttribute('disabled')).toBe(true);
    expect(screen.queryByLabelText(/Nimbus Freight/)).toBeNull();
    await fireEvent.click(screen.getByLabelText('Driver app'));
    await press('Request Access');
    await waitFor(() => expect(went).toEqual([`/applications/${server.world.applications[1]?.id ?? ''}`]));
    expect(server.world.applications[1]?.connections[0]?.state).toBe('pending');
  });

  it('is not offered where it is closed', async () => {
    const server = createScene('empty');
    await open(server, Register, { params: version(server, 0, 0) });
    expect(await screen.findByText('Registration is closed for Weather v1.')).toBeTruthy();
    expect(screen.queryByRole('form')).toBeNull();
  });

  it('keeps the new application where access could not be requested, and says so', async () => {
    const server = createScene('empty');
    server.faults.set(/registrations/, 'registration_closed');
    const { went } = await open(server, Register, { params: version(server, 0, 1) });
    await screen.findByLabelText('Name');
    await type('Name', 'Nimbus');
    await press('Create and request access');
    expect(await screen.findByText(/The application was created, but access/)).toBeTruthy();
    expect(went).toHaveLength(1);
  });
});

describe('an application’s keys', () => {
  it('are shown once, filled into the command, and gone after “I have stored it”', async () => {
    const server = createScene('full');
    const { mayLeave } = await openApplication(server);
    await press('Generate Credential');
    await type(/^Key name/, 'staging');
    await press('Generate');
    const key = (await screen.findByTestId('api-key')).textContent;
    expect(isWellFormedKey(key)).toBe(true);
    const command = screen.getByRole('region', { name: 'Command with your key' }).textContent;
    expect(command).toBe(`curl -i http://localhost:8000/mock -H 'apikey: ${key}'`);
    expect(document.activeElement).toBe(screen.getByRole('heading', { name: /Your new key/ }));

    void mayLeave();
    await screen.findByRole('dialog', { name: 'Leave without the key?' });
    await press('Stay');

    await press('I have stored it');
    expect(document.body.innerHTML).not.toContain(key);
    expect(await mayLeave()).toBe(true);
    expect(screen.getByRole('list', { name: 'Keys' }).textContent).toContain(key.slice(-4));
  });

  it('are deleted after a question, for good', async () => {
    const server = createScene('full');
    await openApplication(server);
    await press('Delete the key production');
    const dialog = await screen.findByRole('dialog');
    expect(dialog.textContent).toContain('never comes back');
    await fireEvent.click(within(dialog).getByRole('button', { name: 'Delete key' }));
    await waitFor(() =>
      expect(screen.queryByRole('button', { name: 'Delete the key production' })).toBeNull(),
    );
    expect(server.world.applications[0]?.credentials.map(({ name }) => name)).toEqual(['old server']);
  });

  it('that cannot be made say why', async () => {
    const server = createScene('full');
    server.faults.set(/POST .*credentials/, 'too_many_keys');
    await openApplication(server);
    await press('Generate Credential');
    await press('Generate');
    expect((await screen.findByRole('alert')).textContent).toContain('at most 20 keys');
  });

  it('are not for an application of an identity provider', async () => {
    await openApplication(createScene('full'), 3);
    expect(screen.queryByRole('button', { name: 'Generate Credential' })).toBeNull();
    expect(screen.getByText(/API keys are not used/)).toBeTruthy();
  });
});

describe('an application’s connections', () => {
  it('can be withdrawn while nobody has decided', async () => {
    const server = createScene('full');
    await openApplication(server);
    await press('Withdraw the request for Customs declarations 2026-01');
    await fireEvent.click(
      within(await screen.findByRole('dialog')).getByRole('button', { name: 'Withdraw' }),
    );
    await waitFor(() => expect(server.world.applications[0]?.connections).toHaveLength(2));
  });

  it('that were turned down show the reason, and can be asked for again', async () => {
    const server = createScene('full');
    const connection = server.world.applications[0]?.connections[2];
    const [, old] = server.world.offers[0]?.versions ?? [];
    if (connection && old) connection.versionId = old.id;
    await openApplication(server);
    expect(screen.getByText(/v1 ends in June/)).toBeTruthy();
    await press('Request access again to Weather v1');
    await waitFor(() =>
      expect(
        server.log.filter((line) => /registrations/.test(line)).map((line) => line.split(' ')[0]),
      ).toEqual(['POST', 'DELETE', 'POST']),
    );
  });
});

describe('an application’s settings', () => {
  it('save name and description', async () => {
    const server = createScene('full');
    const id = server.world.applications[0]?.id ?? '';
    const { went } = await open(server, Settings, { params: { application: id } });
    await screen.findByLabelText('Name');
    await type('Name', 'Nimbus');
    await press('Save');
    await waitFor(() => expect(went).toEqual([`/applications/${id}`]));
    expect(server.world.applications[0]?.name).toBe('Nimbus');
  });

  it('delete it after saying what goes with it', async () => {
    const server = createScene('full');
    const { went } = await open(server, Settings, {
      params: { application: server.world.applications[0]?.id ?? '' },
    });
    await fireEvent.click(await screen.findByRole('button', { name: 'Delete application' }));
    const dialog = await screen.findByRole('dialog');
    expect(dialog.textContent).toContain('2 working keys and 1 connection');
    await fireEvent.click(within(dialog).getByRole('button', { name: 'Delete for good' }));
    await waitFor(() => expect(went).toEqual(['/applications']));
    expect(server.world.applications.map(({ name }) => name)).not.toContain('Nimbus Freight');
  });

  it('of somebody else’s are as if they were not there', async () => {
    await open(createScene('full'), Settings, { params: { application: 'nobodys' } });
    expect(await screen.findByRole('heading', { name: 'There is nothing here' })).toBeTruthy();
  });
});
