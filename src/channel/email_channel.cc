// SPDX-License-Identifier: Apache-2.0
// A message to operators goes to the thread's queue at once; one to an owner when the Lua function has answered. Each
// job is answered exactly once: by whoever takes it out of the set or the queue that it is in.
#include "channel/email_channel.h"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <thread>

#include "alert/feedback.h"
#include "base/guarded.h"
#include "channel/alert_words.h"

namespace trackalert::channel {
namespace {

struct Owner {
  Mailbox mailbox;
  Reader reader;
};

struct Job {
  Message message;
  Channel::Done done;
  std::optional<Owner> owner;  ///< none: to operators
};

/// What the callbacks of Lua functions hold on to; they may come after the channel's end.
struct Desk {
  std::map<std::uint64_t, Job> asked;  ///< their owners, by number
  std::deque<Job> waiting;
  std::uint64_t numbers = 0;
  bool stopping = false;
  bool sending = false;
  unsigned answering = 0;  ///< callbacks that say how a job ended

  [[nodiscard]] std::size_t size() const { return asked.size() + waiting.size(); }
};
struct SharedDesk {
  base::Guarded<Desk> desk;
  std::condition_variable changed;
};

/// Nothing: the function knows nobody to tell.
base::Result<std::optional<Owner>> owner_of(const FunctionAnswer& answer, const EmailOptions& options,
                                            const MailTemplates& templates) {
  if (answer.empty()) return std::nullopt;
  Owner owner{.mailbox = {}, .reader = {.language = options.language, .timezone = options.timezone}};
  std::string name;
  for (const auto& [key, value] : answer) {
    if (key == "address" || key.empty()) {
      auto mailbox = Mailbox::parse(value);
      if (!mailbox) return base::fail("{}(): it returned no mail address", options.owner_function);
      owner.mailbox = std::move(*mailbox);
    } else if (key == "language") {
      if (templates.has(value)) owner.reader.language = value;
    } else if (key == "name") {
      name = value;
    } else if (key == "timezone") {
      owner.reader.timezone = value;
    } else {
      return base::fail("{}(): there is no \"{}\" here, only address, language, name and timezone",
                        options.owner_function, base::escape_control(key));
    }
  }
  if (owner.mailbox.address.empty()) return base::fail("{}(): address is missing", options.owner_function);
  if (!name.empty()) owner.mailbox.name = name;
  return owner;
}

class EmailChannel final : public Channel {
 public:
  struct Templates {
    MailTemplates single;  ///< to operators, or to owners
    std::optional<MailTemplates> digest;
  };
  EmailChannel(const EmailSurroundings& surroundings, EmailOptions options, Templates templates,
               std::unique_ptr<net::SmtpClient> client)
      : surroundings_(surroundings),
        options_(std::move(options)),
        templates_(std::move(templates)),
        client_(std::move(client)),
        shared_(std::make_shared<SharedDesk>()) {
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "email");
  }
  ~EmailChannel() override { stop(base::SteadyTime::min()); }

  void deliver(Message message, Done done) override {
    if (message.items.empty()) return done(refused("a message without an alert"));
    if (options_.owner_function.empty()) return enqueue({std::move(message), std::move(done), {}});
    if (message.items.size() > 1) return done(refused("owners get no digests: route this channel without one"));
    const auto& item = message.items.front();
    if (alert::login_of(item.alert).empty()) {
      return done(refused("the alert is about no login: route keys that begin with \"login:\" here"));
    }
    if (item.news == News::closed) return done({});
    ask_for_owner(message, std::move(done));
  }

  void stop(base::SteadyTime deadline) override {
    std::vector<Job> left;
    {
      auto desk = shared_->desk.lock();
      desk->stopping = true;
      for (auto& [number, job] : desk->asked) left.push_back(std::move(job));
      for (auto& job : desk->waiting) left.push_back(std::move(job));
      desk->asked.clear();
      desk->waiting.clear();
      shared_->changed.notify_all();
      const bool over = deadline <= std::chrono::steady_clock::now();
      const auto idle = [&desk] { return !desk->sending; };
      if (over || !shared_->changed.wait_until(desk.lock(), deadline, idle)) client_->abort();
    }
    for (auto& job : left) job.done(failed("shutting down"));
    if (thread_.joinable()) thread_.join();
    auto desk = shared_->desk.lock();
    shared_->changed.wait(desk.lock(), [&desk] { return desk->answering == 0; });
  }

 private:
  void enqueue(Job job) {
    auto desk = shared_->desk.lock();
    if (desk->stopping || desk->size() >= max_mails_waiting) {
      const auto* reason = desk->stopping ? "shutting down" : "too many mails wait";
      desk.lock().unlock();
      return job.done(failed(reason));
    }
    desk->waiting.push_back(std::move(job));
    shared_->changed.notify_all();
  }

  void ask_for_owner(const Message& message, Done done) {
    std::uint64_t number = 0;
    {
      auto desk = shared_->desk.lock();
      if (desk->stopping || desk->size() >= max_mails_waiting) {
        const auto* reason = desk->stopping ? "shutting down" : "too many mails wait";
        desk.lock().unlock();
        return done(failed(reason));
      }
      number = ++desk->numbers;
      desk->asked.emplace(number, Job{message, std::move(done), {}});
    }
    // Who takes the job out of `asked` is alone with it; `this` lives as long as there is one.
    surroundings_.functions.call(options_.owner_function, message,
                                 [this, shared = shared_, number](const base::Result<FunctionAnswer>& answer) {
                                   auto desk = shared->desk.lock();
                                   auto node = desk->asked.extract(number);
                                   if (node.empty()) return;
                                   auto outcome = take_answer(*desk, node.mapped(), answer);
                                   shared->changed.notify_all();
                                   if (!outcome) return;
                                   ++desk->answering;
                                   desk.lock().unlock();
                                   node.mapped().done(std::move(*outcome));
                                   desk.lock().lock();
                                   --desk->answering;
                                   shared->changed.notify_all();
                                 });
  }

  /// Queues the job, or says how it ends. Under the lock: stop() waits for it, and with it the end of this object.
  std::optional<Outcome> take_answer(Desk& desk, Job& job, const base::Result<FunctionAnswer>& answer) {
    if (!answer) return failed(answer.error().message);
    auto owner = owner_of(*answer, options_, templates_.single);
    if (!owner) return failed(owner.error().message);
    if (!*owner) return Outcome{};
    job.owner = std::move(*owner);
    desk.waiting.push_back(std::move(job));
    return std::nullopt;
  }

  void run() {
    auto desk = shared_->desk.lock();
    while (true) {
      shared_->changed.wait(desk.lock(), [&desk] { return desk->stopping || !desk->waiting.empty(); });
      if (desk->waiting.empty()) return;
      auto job = std::move(desk->waiting.front());
      desk->waiting.pop_front();
      desk->sending = true;
      desk.lock().unlock();
      auto outcome = send(job);
      job.done(std::move(outcome));
      desk.lock().lock();
      desk->sending = false;
      shared_->changed.notify_all();
    }
  }

  Outcome send(const Job& job) {
    MailMessage mail{.from = options_.from,
                     .to = options_.to,
                     .subject = {},
                     .text = {},
                     .html = {},
                     .message_id = job.message.delivery_id,
                     .date = job.message.now};
    auto rendered = job.owner ? to_owner(job.message, *job.owner) : to_operators(job.message);
    if (job.owner) mail.to = {job.owner->mailbox};
    mail.subject = std::move(rendered.subject);
    mail.text = std::move(rendered.text);
    mail.html = std::move(rendered.html);
    net::SmtpClient::Mail out{.from = mail.from.address, .to = {}, .content = mail_text(mail)};
    for (const auto& mailbox : mail.to) out.to.push_back(mailbox.address);
    const auto sent = client_->send(out);
    if (sent) return {};
    return sent.error().for_good ? refused(sent.error().reason) : failed(sent.error().reason);
  }

  RenderedMail to_operators(const Message& message) const {
    const Reader reader{.language = options_.language, .timezone = options_.timezone};
    const bool digest = message.digest || message.items.size() > 1;
    if (digest && templates_.digest) return templates_.digest->render(reader.language, digest_values(message, reader));
    return templates_.single.render(reader.language, operator_values(message, reader));
  }

  RenderedMail to_owner(const Message& message, const Owner& owner) const {
    const auto& alert = message.items.front().alert;
    const auto login = alert::login_of(alert);
    const auto reports = alert::reports_behind(surroundings_.history, alert, login);
    auto values = owner_values(alert, reports.empty() ? nullptr : &reports.front(), owner.reader);
    const auto& signer = *surroundings_.signer;
    alert::Link link{
        .alert = alert.id,
        .login_hash = signer.login_hash(login),
        .expires = (message.now + options_.links_last).time_since_epoch().count() / history::second * history::second,
        .language = owner.reader.language,
        .proposed = alert::Verdict::good,
        .id = signer.link_id(message.delivery_id, login)};
    const auto url = [&](alert::Verdict proposed) {
      link.proposed = proposed;
      return surroundings_.public_url + "/feedback/" + signer.token(link);
    };
    values.texts["yes_link"] = url(alert::Verdict::good);
    values.texts["no_link"] = url(alert::Verdict::bad);
    values.texts["valid_until"] = when_text(link.expires, owner.reader);
    values.texts["name"] = owner.mailbox.name;
    return templates_.single.render(owner.reader.language, values);
  }

  const EmailSurroundings surroundings_;
  const EmailOptions options_;
  const Templates templates_;
  const std::unique_ptr<net::SmtpClient> client_;
  const std::shared_ptr<SharedDesk> shared_;
  std::thread thread_;
};

}  // namespace

base::Result<std::unique_ptr<Channel>> make_email_channel(const EmailSurroundings& surroundings,
                                                          const ChannelPairs& pairs) {
  auto options = EmailOptions::from_pairs(pairs);
  if (!options) return std::unexpected(options.error());
  const bool to_owner = !options->owner_function.empty();
  if (to_owner && (surroundings.signer == nullptr || surroundings.public_url.empty())) {
    return base::fail(
        "mails to owners have links in them: setPublicUrl() says where to, setHistoryDir() keeps their key");
  }
  auto client = net::SmtpClient::make(options->smtp);
  if (!client) return base::fail("smtp: {}", client.error().message);
  TemplateFolders folders{surroundings.templates_folder};
  if (!options->template_dir.empty()) folders.insert(folders.begin(), options->template_dir);
  auto single = to_owner ? MailTemplates::load(folders, "owner", owner_vocabulary())
                         : MailTemplates::load(folders, "operator", operator_vocabulary());
  if (!single) return std::unexpected(single.error());
  EmailChannel::Templates templates{std::move(*single), {}};
  if (!to_owner) {
    auto digest = MailTemplates::load(folders, "digest", digest_vocabulary());
    if (!digest) return std::unexpected(digest.error());
    if (!digest->has(options->language)) return base::fail("language: there is no digest.{}.html", options->language);
    templates.digest = std::move(*digest);
  }
  if (!templates.single.has(options->language)) {
    return base::fail("language: there are no templates in \"{}\"", options->language);
  }
  return std::make_unique<EmailChannel>(surroundings, std::move(*options), std::move(templates), std::move(*client));
}

}  // namespace trackalert::channel
