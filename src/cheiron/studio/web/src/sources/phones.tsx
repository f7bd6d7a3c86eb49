/** How a phone comes in: the door to the local network, and a code for each phone. */

import { useSignal } from "@preact/signals";
import { send } from "../link/link";
import type { Phones, PhoneSeat, SourceState, State } from "../link/protocol";
import { Button } from "../widgets/button";
import { Select } from "../widgets/fields";
import { freeSeat, seatOf, seatWords } from "./seats";

/** What stands under a phone source. */
export function PhoneDoor({ source, state }: { source: SourceState; state: State }) {
  const phones = state.phones;
  const seat = phones.seats.find((each) => each.seat === seatOf(source));
  return (
    <div class="phone-door">
      {phones.open ? <Open phones={phones} seat={seat} state={state} /> : <Closed phones={phones} />}
    </div>
  );
}

function Closed({ phones }: { phones: Phones }) {
  const address = useSignal(phones.addresses[0] ?? "");
  const open = () => void send({ type: "phone-open", on: true, ...(address.value && { address: address.value }) });
  return (
    <>
      <p class="dim">Phones come in over the local network, encrypted. Nothing is open yet.</p>
      {phones.addresses.length > 1 && (
        <Select
          label="Address"
          value={address.value}
          options={phones.addresses}
          onChoose={(chosen) => {
            address.value = chosen;
          }}
        />
      )}
      <Button tone="accent" onPress={open}>
        Open to the local network
      </Button>
    </>
  );
}

function Open({ phones, seat, state }: { phones: Phones; seat: PhoneSeat | undefined; state: State }) {
  return (
    <>
      {phones.problem && (
        <p class="source-problem" role="alert">
          {phones.problem}
        </p>
      )}
      {!phones.address && !phones.problem && <p class="dim">Opening …</p>}
      {seat && <p class="phone-state">{seatWords(seat)}</p>}
      {seat?.picture && (
        <figure class="phone-code">
          <img src={seat.picture} alt={`Code for ${seat.source}: ${seat.link}`} />
          <figcaption>
            Scan it with the phone's camera, in the same network. The phone does not know this computer and warns
            of it once: go on. Its certificate begins with <code>{phones.fingerprint.slice(0, 23)}</code>
          </figcaption>
        </figure>
      )}
      <div class="row">
        {seat?.known && (
          <Button onPress={() => void send({ type: "phone-invite", seat: seat.seat })} label="Show a new code; the phone that plays now is shown out">
            New code
          </Button>
        )}
        <Button onPress={() => void send({ type: "source-open", kind: "phone", settings: { seat: freeSeat(state) } })}>
          Another phone
        </Button>
        <Button tone="quiet" onPress={() => void send({ type: "phone-open", on: false })}>
          Close to the network
        </Button>
      </div>
    </>
  );
}
