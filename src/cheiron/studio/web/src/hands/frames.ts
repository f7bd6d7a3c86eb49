/** The camera's pictures as they come, by whichever way the browser has. */

import { FrameClock } from "./clock";
import type { Picture } from "./messages";

type Take = (picture: Picture) => void;

/** Chromium's way; TypeScript does not know it. */
interface TrackProcessor {
  new (options: { track: MediaStreamTrack; maxBufferSize: number }): {
    readable: ReadableStream<VideoFrame>;
  };
}

/** Hand every picture of a camera to `take`, until the returned function is called. */
export function watch(stream: MediaStream, take: Take): () => void {
  const track = stream.getVideoTracks()[0];
  const Processor = (globalThis as { MediaStreamTrackProcessor?: TrackProcessor }).MediaStreamTrackProcessor;
  if (track !== undefined && Processor !== undefined) return read(new Processor({ track, maxBufferSize: 1 }), take);
  return show(stream, take);
}

/** Straight from the camera: also while the page is hidden behind another window. */
function read({ readable }: { readable: ReadableStream<VideoFrame> }, take: Take): () => void {
  const reader = readable.getReader();
  const clock = new FrameClock();
  let number = 0;
  const next = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      take({ image: value, time: clock.local(value.timestamp / 1000, performance.now()), number: number++ });
    }
  };
  next().catch(() => undefined); // it ends with the camera
  return () => void reader.cancel().catch(() => undefined);
}

/** Through a video that nobody sees; a browser may stop it while the page is hidden. */
function show(stream: MediaStream, take: Take): () => void {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  let handle = 0;
  let number = 0;
  const next = (now: number, { captureTime }: VideoFrameCallbackMetadata): void => {
    handle = video.requestVideoFrameCallback(next);
    const time = captureTime ?? now;
    createImageBitmap(video).then(
      (image) => take({ image, time, number: number++ }),
      () => undefined, // the camera has just gone
    );
  };
  handle = video.requestVideoFrameCallback(next);
  void video.play().catch(() => undefined);
  return () => {
    video.cancelVideoFrameCallback(handle);
    video.srcObject = null;
  };
}
