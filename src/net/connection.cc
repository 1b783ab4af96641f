// SPDX-License-Identifier: Apache-2.0
// The requests' half of Connection.
#include "net/connection.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "net/content_coding.h"
#include "net/response_head.h"

namespace trackalert::net {
namespace {

/// A refused request's body up to this size is read over, beyond it the connection closes.
constexpr std::uint64_t max_skipped_body = 64 * 1024;
/// An answer's body up to this size is copied behind its head, a larger one is sent from where it is.
constexpr std::size_t max_copied_body = 16 * 1024;
constexpr std::size_t body_read_size = 16 * 1024;

constexpr std::string_view continue_answer = "HTTP/1.1 100 Continue\r\n\r\n";

Response bare(unsigned status) {
  return {.status = status, .content_type = {}, .body = {}, .headers = {}, .close = true};
}

}  // namespace

Reply& Reply::operator=(Reply&& other) noexcept {
  if (this != &other) {
    const Reply dropped(std::move(*this));
    connection_ = std::move(other.connection_);
  }
  return *this;
}

Reply::~Reply() {
  if (connection_) send(Response{.status = 500, .content_type = {}, .body = {}, .headers = {}});
}

void Reply::send(Response response) {
  // Taken out first: whatever happens, it is used up.
  if (const auto connection = std::exchange(connection_, nullptr)) connection->answer(std::move(response));
}

void Reply::vouch() {
  if (connection_) connection_->vouch();
}

void Reply::send_all(std::span<Reply> replies, const Response& response) {
  std::shared_ptr<Mailbox> mailbox;
  std::vector<Mailbox::Answer> answers;
  const auto post = [&] {
    if (mailbox) mailbox->put(std::exchange(answers, {}));
  };
  for (auto& reply : replies) {
    auto connection = std::exchange(reply.connection_, nullptr);
    if (!connection) continue;
    if (connection->mailbox()->on_own_thread()) {
      connection->answer(response);
      continue;
    }
    if (mailbox != connection->mailbox()) {
      post();
      mailbox = connection->mailbox();
      answers.reserve(replies.size());
    }
    answers.push_back({std::move(connection), response});
  }
  post();
}

Connection::Connection(EventLoop& loop, AcceptedSocket accepted, std::size_t place)
    : loop_(loop),
      mailbox_(loop.mailbox()),
      place_(place),
      peer_(accepted.peer),
      peer_port_(accepted.peer_port),
      transport_(std::move(accepted.descriptor), accepted.tls) {
  // Edge-triggered and for good: no epoll_ctl later.
  if (!loop.watch(transport_.fd(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, *this))
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

void Connection::answer(Response response) {
  if (mailbox_->on_own_thread()) {
    finish(std::move(response));
  } else {
    mailbox_->put({shared_from_this(), std::move(response)});
  }
}

void Connection::finish(Response response) {
  if (state_ != State::serving) return;
  const bool keep_alive = head_.keep_alive && !response.close && !loop_.is_draining();
  try {
    send_answer(std::move(response), keep_alive);
  } catch (const std::exception& error) {
    // Not into the Service, which may be unwinding.
    loop_.state().log.error("HTTP server: {}", error.what());
    close();
  }
  if (in_advance_ || writing_ || state_ == State::closed) return;
  if (state_ == State::closing || (buffer_.empty() && !readable_)) {
    advance();
  } else {
    // The next request may be here already, but we may be deep inside the Service: it is not called from here.
    resume_later();
  }
}

void Connection::advance() {
  in_advance_ = true;
  while (step()) {
  }
  in_advance_ = false;
}

/// False when there is something to wait for.
bool Connection::step() {
  if (writing_) return false;
  switch (state_) {
    case State::head:
      return step_head();
    case State::body:
      return step_body();
    case State::skipping:
      return step_skipping();
    case State::handshake:
      return step_handshake();
    case State::closing:
      return step_closing();
    case State::shutting_down:
      return step_shutting_down();
    case State::lingering:
      return step_lingering();
    case State::serving:
    case State::answering:
    case State::closed:
      return false;
  }
  return false;
}

bool Connection::step_head() {
  // Some clients send an empty line behind a body; RFC 9112 asks to overlook it.
  while (buffer_.data().starts_with("\r\n")) buffer_.consume(2);
  const std::string_view data = buffer_.data();
  if (data.empty()) {
    if (loop_.is_draining()) {
      close();
      return false;
    }
    set_busy(false);
    buffer_.release_if_large();
    arm(loop_.state().idle_timeout);
    return read_more(head_read_size);
  }
  if (!busy_) {
    set_busy(true);
    arm(loop_.state().header_timeout);
  }
  if (const auto known = memo_.recall(data)) {
    scanner_.complete_at(known->length);
    on_parsed(known->head);
    return true;
  }
  if (data == "\r") return read_more(head_read_size);
  switch (scanner_.scan(data)) {
    case HeadScanner::Outcome::bad:
      refuse(400);
      return true;
    case HeadScanner::Outcome::more:
      if (data.size() < loop_.state().max_header_bytes) return read_more(head_read_size);
      refuse(431);
      return true;
    case HeadScanner::Outcome::complete:
      break;
  }
  if (scanner_.length() > loop_.state().max_header_bytes) {
    refuse(431);
  } else {
    on_head(data.substr(0, scanner_.length()));
  }
  return true;
}

void Connection::on_head(std::string_view head) {
  const auto parsed = parse_head(head);
  if (!parsed) {
    refuse(parsed.error());
    return;
  }
  memo_.remember(head, *parsed);
  on_parsed(*parsed);
}

void Connection::on_parsed(const ParsedHead& head) {
  head_ = head;
  if (!head_.known_method) return refuse(405);
  if (announces_more_than(loop_.state().max_body_bytes)) return refuse(413);
  if (auto refusal = ask_admission()) return refuse_admission(*std::move(refusal));
  if (announces_more_than(body_limit())) return refuse(413);
  if (head_.framing != BodyFraming::none && !takes_coding()) return refuse(415);
  receive_body();
}

bool Connection::announces_more_than(std::size_t bytes) const {
  return head_.framing == BodyFraming::length && head_.content_length > bytes;
}

std::optional<Response> Connection::ask_admission() {
  try {
    admission_.note = 0;
    admission_.small_body = false;
    const bool was_vouched = admission_.vouched;
    if (vouched_late_.load(std::memory_order_relaxed)) {
      vouched_late_.store(false, std::memory_order_relaxed);
      admission_.vouched = true;
    }
    auto refusal = loop_.service().admit(request_head(), admission_);
    if (admission_.vouched != was_vouched) loop_.note_vouched(*this, admission_.vouched);
    return refusal;
  } catch (const std::exception& error) {
    loop_.state().log.error("HTTP service: {}", base::escape_control(error.what()));
    return bare(500);
  }
}

/// Of the request that was admitted.
std::size_t Connection::body_limit() const {
  const std::size_t limit = loop_.state().max_body_bytes;
  return admission_.small_body ? std::min(limit, max_small_body) : limit;
}

bool Connection::takes_coding() const {
  return head_.coding == ContentCoding::identity || (head_.coding != ContentCoding::unknown && !admission_.small_body);
}

/// The HTTP layer's own errors. The connection is in no state to go on.
void Connection::refuse(unsigned status) {
  loop_.state().bad_requests.fetch_add(1, std::memory_order_relaxed);
  must_linger_ = true;
  head_.is_head = false;
  send_answer(bare(status), false);
}

/// The Service's refusal. The body is not read, at most read over.
void Connection::refuse_admission(Response response) {
  const bool cheap = head_.framing == BodyFraming::none ||
                     (head_.framing == BodyFraming::length && head_.content_length <= max_skipped_body &&
                      // Whoever asked whether to go on may well not send it now.
                      !head_.expects_continue);
  buffer_.consume(scanner_.length());
  scanner_.reset();
  skip_ = cheap ? head_.content_length : 0;
  must_linger_ = !cheap;
  const bool keep_alive = cheap && head_.keep_alive && !response.close && !loop_.is_draining();
  send_answer(std::move(response), keep_alive);
}

bool Connection::step_skipping() {
  const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, buffer_.size()));
  buffer_.consume(piece);
  skip_ -= piece;
  if (skip_ > 0) return read_more(body_read_size);
  state_ = State::head;
  return true;
}

void Connection::receive_body() {
  state_ = State::body;
  chunks_.reset();
  body_.clear();
  // Nobody may send a byte now and then whom nobody knows.
  arm(admission_.vouched ? loop_.state().idle_timeout : loop_.state().header_timeout);
  if (head_.expects_continue && head_.framing != BodyFraming::none) {
    out_ = continue_answer;
    flush();
  }
}

bool Connection::step_body() {
  const std::size_t head_size = scanner_.length();
  switch (head_.framing) {
    case BodyFraming::none:
      serve({}, 0);
      return true;
    case BodyFraming::chunked:
      return step_chunked();
    case BodyFraming::length:
      break;
  }
  const auto size = static_cast<std::size_t>(head_.content_length);
  const std::size_t here = buffer_.size() - head_size;
  if (here < size) {
    // The memory grows with what arrives, not with what was announced.
    return read_more(std::min(size - here, body_read_size));
  }
  serve(buffer_.data().substr(head_size, size), size);
  return true;
}

bool Connection::step_chunked() {
  const std::size_t head_size = scanner_.length();
  std::size_t used = 0;
  const auto outcome = chunks_.feed(buffer_.data().substr(head_size), body_, body_limit(), used);
  buffer_.erase(head_size, used);
  switch (outcome) {
    case ChunkDecoder::Outcome::more:
      return read_more(body_read_size);
    case ChunkDecoder::Outcome::done:
      serve(body_, 0);
      if (body_.capacity() > ReadBuffer::kept_capacity) std::string().swap(body_);
      break;
    case ChunkDecoder::Outcome::bad:
      refuse(400);
      break;
    case ChunkDecoder::Outcome::too_large:
      refuse(413);
      break;
  }
  return true;
}

/// `size_in_buffer` bytes behind the head belong to the request.
void Connection::serve(std::string_view body, std::size_t size_in_buffer) {
  if (!decode(body)) return;
  hand_over(body);
  // Only now: the Service's views pointed there.
  buffer_.consume(scanner_.length() + size_in_buffer);
  scanner_.reset();
}

bool Connection::decode(std::string_view& body) {
  if (head_.coding == ContentCoding::identity || body.empty()) return true;
  if (head_.coding == ContentCoding::gzip && !looks_gzip(body)) return true;
  std::string& decoded = loop_.scratch();
  decoded.clear();
  switch (inflate_body(head_.coding, body, loop_.state().max_body_bytes, decoded)) {
    case Inflated::ok:
      body = decoded;
      return true;
    case Inflated::bad:
      refuse(400);
      break;
    case Inflated::too_large:
      refuse(413);
      break;
  }
  return false;
}

void Connection::hand_over(std::string_view body) {
  state_ = State::serving;
  disarm();
  loop_.request_served();
  try {
    loop_.service().serve(request_head(), body, Reply(shared_from_this()));
  } catch (const std::exception& error) {
    // The Reply went down with the call and answered 500, unless the Service had put it away.
    loop_.state().log.error("HTTP service: {}", base::escape_control(error.what()));
  }
}

RequestHead Connection::request_head() const {
  const char* const at = buffer_.data().data();
  return {.method = head_.method.in(at),
          .target = head_.target.in(at),
          .peer = peer_,
          .peer_port = peer_port_,
          .authorization = head_.authorization.in(at),
          .content_type = head_.content_type.in(at),
          .host = head_.host.in(at),
          .origin = head_.origin.in(at),
          .fetch_site = head_.fetch_site.in(at),
          .secure = transport_.secure(),
          .admitted = admission_.note,
          .vouched = admission_.vouched};
}

void Connection::send_answer(Response response, bool keep_alive) {
  state_ = State::answering;
  keep_alive_ = keep_alive;
  out_.clear();
  const bool complete =
      append_response_head(out_, response, {.http_1_0 = head_.http_1_0, .keep_alive = keep_alive}, loop_.date_line());
  if (!complete) loop_.state().log.warning("HTTP server: left out a response header that is not fit to be one");
  if (!head_.is_head) {
    if (response.body.size() <= max_copied_body) {
      out_ += response.body;
    } else {
      body_out_ = std::move(response.body);
    }
  }
  flush();
}

/// The answer's last byte is written.
void Connection::on_answered() {
  set_busy(false);
  if (!keep_alive_ || loop_.is_draining()) {
    state_ = State::closing;
  } else if (skip_ > 0) {
    state_ = State::skipping;
    arm(loop_.state().header_timeout);  // for all of it: nothing has vouched for this client
  } else {
    state_ = State::head;
  }
}

void Connection::arm(std::chrono::seconds timeout) {
  deadline_tick_ = loop_.tick() + static_cast<std::uint64_t>(timeout.count()) + 1;
}

void Connection::set_busy(bool busy) {
  if (busy == busy_) return;
  busy_ = busy;
  loop_.change_unanswered(busy ? 1 : -1);
}

}  // namespace trackalert::net
